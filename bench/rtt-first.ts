import { FarRegistry } from './far-registry.ts';
import { measureCopies } from './peers.ts';
import { type Row, US } from './row.ts';

/** The same manifests when nothing has been copied: every run goes to a path of its own. */
export const rttFirst: Row = {
  name: 'rtt-first',
  work: 'the same, nothing copied yet, same host as target',
  goal: { milliseconds: 4000, requests: 520 },
  known: [{ subject: 'Go reimage', milliseconds: 143_000, requests: 1710, connections: 397 }],
  async measure(lab) {
    await using far = await FarRegistry.start(lab);
    lab.say('reimage');
    const us = await lab.median((run) => far.run(`${US}${run}`));
    const peers = await measureCopies(lab, [far.server], (peer) => far.jobs(peer));
    return [{ subject: US, ...us }, ...peers];
  },
};

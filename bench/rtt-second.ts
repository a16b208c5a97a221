import { FarRegistry } from './far-registry.ts';
import { measureCopies } from './peers.ts';
import { type Row, US } from './row.ts';

/** Everything is where it shall be: how dear is finding that out? */
export const rttSecond: Row = {
  name: 'rtt-second',
  work: '60 Deployments, 30 images, 80 ms away, token: rename and pin, all copied before',
  goal: { milliseconds: 1500, requests: 130 },
  known: [{ subject: 'Go reimage', milliseconds: 78_600, requests: 720, connections: 242 }],
  async measure(lab) {
    await using far = await FarRegistry.start(lab);
    await far.run(US);
    lab.say('reimage');
    const us = await lab.median(() => far.run(US));
    const peers = await measureCopies(lab, [far.server], (peer) => far.jobs(peer), { warm: true });
    return [{ subject: US, ...us }, ...peers];
  },
};

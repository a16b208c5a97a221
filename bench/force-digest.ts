import { FarRegistry } from './far-registry.ts';
import { measureLookUps } from './peers.ts';
import { type Row, US } from './row.ts';

/** Pinning in place: one look-up an image. */
export const forceDigest: Row = {
  name: 'force-digest',
  work: 'the same manifests, -rename-force-digest alone',
  goal: { milliseconds: 800, requests: 65 },
  known: [
    { subject: 'Go reimage', milliseconds: 39_400, requests: 360 },
    { subject: 'kbld', milliseconds: 5700, requests: 180 },
  ],
  async measure(lab) {
    await using far = await FarRegistry.start(lab);
    lab.say('reimage');
    const us = await lab.median(() => far.run());
    return [{ subject: US, ...us }, ...(await measureLookUps(lab, [far.server], far.images))];
  },
};

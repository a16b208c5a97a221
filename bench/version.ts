import { type Row, US } from './row.ts';

const RUNS = 21;

/** How soon the command is there at all. */
export const version: Row = {
  name: 'version',
  work: 'reimage -V',
  goal: { beyondPeer: 15 },
  known: [{ subject: 'Go reimage', milliseconds: 15 }],
  async measure(lab) {
    lab.say('reimage and node');
    const us = await lab.median(() => lab.timeUs(['-V']), RUNS);
    const node = await lab.median(() => lab.time(process.execPath, ['-e', '0']), RUNS);
    return [
      { subject: US, ...us },
      { subject: 'node -e 0', ...node },
    ];
  },
};

import { readFile } from 'node:fs/promises';
import { fiveThousandDeployments } from './manifests.ts';
import { type Row, US } from './row.ts';

const MB = 1_000_000;

/** Reading and finding only: no image is looked up, and the output must be the input. */
export const yaml: Row = {
  name: 'yaml',
  work: '8.2 MB of manifests, 5,000 Deployments, 15,000 images, all ignored',
  goal: { milliseconds: 1000, memory: 150 * MB },
  known: [
    { subject: 'Go reimage', milliseconds: 3270 },
    { subject: 'kbld', milliseconds: 1450, memory: 137 * MB },
  ],
  async measure(lab) {
    const text = fiveThousandDeployments();
    const manifests = await lab.write('large.yaml', text);
    lab.say('reimage');
    const us = await lab.median(() => lab.timeUs(['-ignore', '.*'], { stdin: manifests }));
    if ((await readFile(lab.path('stdout'), 'utf8')) !== text) throw new Error('the output is not the input');
    return [{ subject: US, ...us }];
  },
};

import { readFile } from 'node:fs/promises';
import { fiveThousandDeployments } from './manifests.ts';
import { type Measured, type Row, US } from './row.ts';

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
    const us = await lab.median(() => lab.timeUs(['-ignore', '.*'], manifests));
    if ((await readFile(lab.path('stdout'), 'utf8')) !== text) throw new Error('the output is not the input');
    const measured: Measured[] = [{ subject: US, ...us }];
    if (await lab.has('kbld')) {
      lab.say('kbld');
      const config = await lab.write('kbld.yaml', KBLD_IGNORES_ALL);
      const kbld = await lab.median(() => lab.time('kbld', ['-f', config, '-f', manifests]));
      measured.push({ subject: 'kbld', ...kbld });
    }
    return measured;
  },
};

/** kbld has no expression to pass images over; it leaves alone what it does not search. */
const KBLD_IGNORES_ALL = `apiVersion: kbld.k14s.io/v1alpha1
kind: Config
searchRules:
- keyMatcher: {name: image}
  updateStrategy: {none: {}}
`;

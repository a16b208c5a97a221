import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MeasuredExporter } from '../test/support/measured-exporter.ts';
import { EXPORTER, type Figures, type Row } from './row.ts';
import { scrapeOnce, untilKnown } from './scrapes.ts';
import { answerOf } from './server-process.ts';
import { isReady } from './traffic.ts';

const MB = 1_000_000;
const DEPLOYMENTS = 250;
const SCRAPES = 7;
/** Milliseconds after which memory is what it stays. */
const SETTLES = 5_000;

/** How memory and scrapes grow with the cluster. */
export const exporterScale: Row = {
  name: 'exporter-scale',
  work: 'the embedded API server with 1,000, 10,000 and 100,000 Pods, registry without delay: one scrape',
  us: subjectOf(10_000),
  goal: { milliseconds: 60, memory: 128 * MB },
  known: [],
  async measure(lab) {
    const measured = [];
    for (const pods of [1_000, 10_000, 100_000]) {
      lab.say(subjectOf(pods));
      const figures = await lab.median(() => measureScrape(pods));
      measured.push({ subject: subjectOf(pods), ...figures });
    }
    return measured;
  },
};

function subjectOf(pods: number): string {
  return `${EXPORTER}, ${pods.toLocaleString('en-US')} Pods`;
}

async function measureScrape(pods: number): Promise<Figures> {
  const server = fork(join(import.meta.dirname, 'cluster-server.ts'), [String(pods)]);
  try {
    const ready = await answerOf(server);
    if (!isReady(ready)) throw new Error('the server process does not say where it listens');
    await using exporter = await MeasuredExporter.start({ kubeconfig: kubeconfigOf(ready.host) });
    await untilKnown(exporter, 2 * (pods + DEPLOYMENTS));
    const times: number[] = [];
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      times.push((await scrapeOnce(exporter.url)).milliseconds);
    }
    await wait(SETTLES);
    const { peak, resident } = exporter.memory();
    const milliseconds = times.toSorted((a, b) => a - b)[Math.floor(SCRAPES / 2)] ?? 0;
    return { milliseconds, memory: peak, settled: resident };
  } finally {
    if (server.connected) {
      const exit = once(server, 'exit');
      server.disconnect();
      await exit;
    }
  }
}

function kubeconfigOf(host: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'bench', cluster: { server: `http://${host}` } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    users: [{ name: 'bench', user: {} }],
    'current-context': 'bench',
  });
}

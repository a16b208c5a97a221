import { setTimeout as wait } from 'node:timers/promises';
import type { SharedCluster } from './exporter-cluster.ts';
import { EXPORTER, type Row } from './row.ts';
import { untilKnown } from './scrapes.ts';

const MB = 1_000_000;
/** Milliseconds after which memory is what it stays. */
const SETTLES = 15_000;

/** From the start of the process until everything is known, scraped four times a second all the while. */
export function exporterSync(shared: SharedCluster): Row {
  return {
    name: 'exporter-sync',
    work: '10,000 Pods, 250 Deployments, two containers each, 500 two-platform images, 15 labels each, 50 ms away, token',
    us: EXPORTER,
    goal: {
      milliseconds: 10_000,
      requests: 2050,
      connections: 20,
      memory: 128 * MB,
      stall: 50,
      scrape: 250,
    },
    known: [
      {
        subject: 'Go exporter',
        milliseconds: 90_000,
        requests: 2570,
        connections: 517,
        memory: 870 * MB,
        settled: 820 * MB,
      },
    ],
    async measure(lab) {
      const cluster = await shared.get(lab);
      lab.say(EXPORTER);
      const figures = await lab.median(() =>
        lab.withTraffic([cluster.registry], async () => {
          await using exporter = await cluster.startExporter();
          const sync = await untilKnown(exporter, cluster.containers);
          await wait(SETTLES);
          const { resident, peak } = exporter.memory();
          return { ...sync, memory: peak, settled: resident };
        }),
      );
      return [{ subject: EXPORTER, ...figures }];
    },
  };
}

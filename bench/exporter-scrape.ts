import type { MeasuredExporter } from '../test/support/measured-exporter.ts';
import type { SharedCluster } from './exporter-cluster.ts';
import { EXPORTER, type Figures, type Row } from './row.ts';
import { scrapeOnce, untilKnown } from './scrapes.ts';

const SCRAPES = 20;

/** A scrape when nothing happens. */
export function exporterScrape(shared: SharedCluster): Row {
  return {
    name: 'exporter-scrape',
    work: 'the same cluster, all known: one scrape, 7 MB of text',
    us: EXPORTER,
    goal: { milliseconds: 60, apiRequests: 0 },
    known: [{ subject: 'Go exporter', milliseconds: 3300, apiRequests: 6 }],
    async measure(lab) {
      const cluster = await shared.get(lab);
      await using exporter = await cluster.startExporter();
      await untilKnown(exporter, cluster.containers);
      lab.say(EXPORTER);
      const before = await cluster.apiRequests();
      const plain = await median(exporter, 'identity');
      const gzip = await median(exporter, 'gzip');
      const apiRequests = (await cluster.apiRequests()) - before;
      return [
        { subject: EXPORTER, ...plain, apiRequests },
        { subject: `${EXPORTER}, gzip`, ...gzip, apiRequests },
      ];
    },
  };
}

async function median(exporter: MeasuredExporter, encoding: 'identity' | 'gzip'): Promise<Figures> {
  const times: number[] = [];
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    times.push((await scrapeOnce(exporter.url, encoding)).milliseconds);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return { milliseconds: sorted[SCRAPES / 2] ?? 0, scrape: sorted.at(-1) ?? 0 };
}

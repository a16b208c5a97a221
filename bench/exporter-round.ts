import { setTimeout as wait } from 'node:timers/promises';
import type { MeasuredExporter } from '../test/support/measured-exporter.ts';
import type { SharedCluster } from './exporter-cluster.ts';
import { EXPORTER, type Row } from './row.ts';
import { imageCount } from './seed.ts';
import { scrapeOnce, untilKnown } from './scrapes.ts';

const CACHE_SECONDS = 40;
const PACE_MS = 200;
const LOOKUP = /^container_image_last_lookup_timestamp_seconds\{.*\} ([\d.e+]+)$/gm;

/** What it costs to look all images up again of which none has changed. */
export function exporterRound(shared: SharedCluster): Row {
  return {
    name: 'exporter-round',
    work: 'the same cluster: all images looked up again, nothing changed; requests for tokens not counted',
    us: EXPORTER,
    goal: { requests: 510 },
    known: [],
    async measure(lab) {
      const cluster = await shared.get(lab);
      await using exporter = await cluster.startExporter([`--cache-duration=${CACHE_SECONDS}s`]);
      await untilKnown(exporter, cluster.containers);
      lab.say(EXPORTER);
      const { requests, tokens, connections } = await lab.withTraffic([cluster.registry], () =>
        untilLookedUp(exporter, Date.now() / 1000),
      );
      return [{ subject: EXPORTER, requests: requests - tokens, connections }];
    },
  };
}

/** Waits until the last look-up of each image is later than a moment in Unix seconds. */
async function untilLookedUp(exporter: MeasuredExporter, since: number): Promise<object> {
  const images = imageCount('many images');
  for (;;) {
    await wait(PACE_MS);
    const text = (await scrapeOnce(exporter.url)).bytes.toString('latin1');
    const times = [...text.matchAll(LOOKUP)].map(([, time]) => Number(time));
    if (times.filter((time) => time > since).length === images) return {};
  }
}

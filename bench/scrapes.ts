import { get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { MeasuredExporter } from '../test/support/measured-exporter.ts';

/** One scrape. */
export interface TimedScrape {
  /** From the request to the last byte. */
  readonly milliseconds: number;
  /** As they came. */
  readonly bytes: Buffer;
}

/** What was seen until all digests were known. */
export interface SyncFigures {
  /** From the start of the process. */
  readonly milliseconds: number;
  /** Of the slowest scrape. */
  readonly scrape: number;
  /** The longest that the event loop was held up, as the exporter tells. */
  readonly stall: number;
}

const PACE_MS = 250;
const GIVE_UP_MS = 180_000;
const INFO = '\ncontainer_image_container_info{';
const UNKNOWN = `${INFO}digest=""`;

/** Scrapes once. */
export function scrapeOnce(url: string, encoding: 'identity' | 'gzip' = 'identity'): Promise<TimedScrape> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const request = get(url, { headers: { 'Accept-Encoding': encoding } }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        const milliseconds = performance.now() - started;
        resolve({ milliseconds, bytes: Buffer.concat(pieces) });
      });
    });
    request.on('error', reject);
  });
}

/** Scrapes on and on until as many containers as there are have a digest; throws when that takes too long. */
export async function untilKnown(exporter: MeasuredExporter, containers: number): Promise<SyncFigures> {
  let [slowest, stall] = [0, 0];
  for (;;) {
    const { milliseconds: scrape, bytes } = await scrapeOnce(exporter.url);
    const milliseconds = performance.now() - exporter.started;
    slowest = Math.max(slowest, scrape);
    stall = Math.max(stall, sampleOf(bytes, 'nodejs_eventloop_lag_max_seconds') * 1000);
    const known = count(bytes, INFO) - count(bytes, UNKNOWN);
    if (known === containers) return { milliseconds, scrape: slowest, stall };
    if (milliseconds > GIVE_UP_MS) throw new Error(`${known} of ${containers} containers have a digest`);
    await wait(PACE_MS);
  }
}

/** The value of a sample without labels. */
export function sampleOf(bytes: Buffer, name: string): number {
  const at = bytes.indexOf(`\n${name} `);
  if (at < 0) throw new Error(`the scrape has no ${name}`);
  const from = at + name.length + 2;
  return Number(bytes.toString('latin1', from, bytes.indexOf('\n', from)));
}

function count(bytes: Buffer, text: string): number {
  let found = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) found++;
  return found;
}

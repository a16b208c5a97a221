import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../oci/index.ts';
import { ExporterMetrics } from './exporter-metrics.ts';
import { parseExposition } from '../exposition/test-exposition-parser.ts';
import { FAMILIES } from './families.ts';
import { sectionOf, textOf } from '../exposition/test-section-text.ts';

const PROCESS = {
  startTime: 0,
  cpuSeconds: () => 0,
  memory: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0 }),
  virtualMemory: () => 0,
  openFds: () => 0,
  maxFds: () => 0,
  longestLag: () => 0,
};

function make(): ExporterMetrics {
  return new ExporterMetrics({ version: '1', revision: '', nodeVersion: 'v24' }, PROCESS);
}

test('every family that is declared has its place in a scrape', () => {
  const names = make()
    .sections()
    .map(({ family }) => family.name)
    .toSorted((a, b) => (a < b ? -1 : 1));
  assert.deepEqual(
    names,
    FAMILIES.map(({ name }) => name),
  );
});

test('series and what was dropped are counted', async () => {
  const metrics = make();
  metrics.images.putFacts({
    digest: digestOf('image'),
    size: 1,
    created: 1,
    labels: new Map([
      ['\ud800', '1'],
      ['\ud801', '2'],
    ]),
    annotations: new Map(),
  });
  const status = {
    reason: 'forbidden',
    digest: undefined,
    lastLookup: 1,
    lastSuccess: 1,
    changes: 0,
  } as const;
  metrics.images.putStatus('nginx', status, undefined);
  const sections = metrics.sections();
  const has = (name: string, line: string): void => {
    assert.ok(
      sectionOf(sections, `container_image_exporter_${name}`)
        .split('\n')
        .includes(`container_image_exporter_${name}${line}`),
    );
  };
  has('series', '{family="container_image_label"} 1');
  has('series', '{family="container_image_annotation"} 0');
  has('series_dropped_total', '{family="container_image_label",reason="duplicate"} 1');
  for (const format of ['text', 'openmetrics'] as const) {
    parseExposition(Buffer.from(await textOf(sections, format)), format);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExporterMetrics } from '../../src/exporter/exporter-metrics.ts';
import { FAMILIES } from '../../src/exporter/families.ts';
import type { ProcessSource } from '../../src/exposition/process-metrics.ts';
import { textOf } from '../../src/exposition/test-section-text.ts';
import { RESOURCES } from '../../src/kubernetes/index.ts';
import { digestOf, parseReference } from '../../src/oci/index.ts';
import { run } from '../support/processes.ts';
import { requireTool } from '../support/tools.ts';

const PROCESS: ProcessSource = {
  startTime: 1_700_000_000,
  cpuSeconds: () => 1.5,
  memory: () => ({ rss: 1, heapTotal: 1, heapUsed: 1, external: 1 }),
  virtualMemory: () => 1,
  openFds: () => 1,
  maxFds: () => 1,
  longestLag: () => 0.001,
};

/** A cluster of so many objects for each kind, with something for every family to tell. */
function cluster(objects: number): ExporterMetrics {
  const metrics = new ExporterMetrics({ version: '1.0.0', revision: 'abc', nodeVersion: 'v24.0.0' }, PROCESS);
  const { images, self } = metrics;
  const name = 'registry.example/shop/\u00e9"\\\n:1';
  const digest = digestOf('image');
  for (const resource of RESOURCES) {
    for (let object = 0; object < objects; object++) {
      const puller = { namespace: 'shop', secrets: [], serviceAccount: undefined };
      const all = [0, 1].map((index) => ({ jsonpath: `{.spec.containers[${index}]}`, image: name }));
      const workload = { namespace: 'shop', name: `object-${object}`, puller, images: all };
      images.putWorkload(resource, `shop/object-${object}`, workload, () => digest);
    }
  }
  images.putFacts({
    digest,
    size: 1e9,
    created: 1_700_000_000,
    labels: new Map([['a', 'b\n']]),
    annotations: new Map([['', '']]),
  });
  const status = { reason: 'ok', digest, lastLookup: 1e12, lastSuccess: 1e12, changes: 1 } as const;
  images.putStatus(name, status, parseReference('registry.example/shop/web:1'));
  const resource = 'pods';
  for (const samples of [self.objects, self.synced, self.lists, self.watches, self.lastEvent])
    samples.add({ resource });
  for (const samples of [self.listFailures, self.watchFailures]) samples.add({ resource, reason: 'gone' });
  for (const samples of [self.lookupQueueLength, self.lookupsInFlight, self.lookupLag, self.scrapesInFlight])
    samples.set({}, 1);
  for (const samples of [self.cacheEntries, self.cacheHits, self.cacheMisses])
    samples.add({ cache: 'facts' });
  self.images.set({ reason: 'ok' }, 1);
  self.credentialFailures.add({ source: 'docker config', reason: 'malformed' });
  self.tokenExpiry.set({ source: 'ecr' }, 1_700_000_000);
  self.seriesDropped.add({ family: 'container_image_label', reason: 'duplicate' });
  self.scrapeDuration.observe({}, 0.02);
  self.registryRequest({ host: 'docker.io', method: 'HEAD', milliseconds: 50, status: 200, reason: '' });
  self.registryRequest({
    host: 'docker.io',
    method: 'GET',
    milliseconds: 50,
    status: undefined,
    reason: 'timeout',
  });
  self.rateLimit('docker.io', 100, 76);
  self.backoff('docker.io', 1e12);
  return metrics;
}

test('the clusters checked have series of every family', () => {
  const full = cluster(1)
    .sections()
    .filter(({ blocks }) => blocks.length > 0)
    .map(({ family }) => family.name);
  assert.deepEqual(
    full.toSorted((a, b) => (a < b ? -1 : 1)),
    FAMILIES.map(({ name }) => name),
  );
});

for (const objects of [1, 1300]) {
  test(`promtool has nothing against a scrape of ${objects * RESOURCES.length} objects`, async (t) => {
    const promtool = await requireTool(t, 'promtool');
    if (promtool === undefined) return;
    const text = await textOf(cluster(objects).sections(), 'text');
    assert.deepEqual(await run(promtool, ['check', 'metrics'], { stdin: text }), {
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
}

test('promtool would have something against a faulty one', async (t) => {
  const promtool = await requireTool(t, 'promtool');
  if (promtool === undefined) return;
  const text = await textOf(cluster(1).sections(), 'text');
  const silent = text.replace(/^# HELP container_image_created .*\n/m, '');
  const { code, stderr } = await run(promtool, ['check', 'metrics'], { stdin: silent });
  assert.notEqual(code, 0);
  assert.match(stderr, /container_image_created no help text/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorld } from '../e2e/world.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { requireTool } from '../support/tools.ts';
import { startEmbedded } from './cluster.ts';
import { startExporter } from './exporter-process.ts';
import { knownImage } from './known-image.ts';
import { multiPlatform } from '../e2e/cases.ts';
import { containersOf, create } from './workloads.ts';

test("images of Debian's docker-registry: found, read, moved and missing", async (t) => {
  const program = await requireTool(t, 'docker-registry');
  if (program === undefined) return;
  await using registry = await startDockerRegistry(program);
  await using seeds = await openWorld(registry, 'seeds');
  await seeds.put('known', '1', knownImage());
  await seeds.put('attested', '1', multiPlatform(3));
  const image = (path: string): string => `${registry.host}/seeds/${path}:1`;
  await using cluster = await startEmbedded();
  await create(
    cluster.client,
    'default',
    'Pod',
    'one',
    containersOf(...['known', 'attested', 'absent'].map(image)),
  );
  await using exporter = await startExporter({
    kubeconfig: cluster.kubeconfig(),
    args: ['--cache-duration=1s'],
  });
  await exporter.shows((scrape) => {
    assert.equal(scrape.digest(image('known')), knownImage().root.digest);
    assert.equal(scrape.digest(image('attested')), multiPlatform(3).root.digest);
    assert.equal(scrape.reason(image('absent')), 'not_found');
  });
  const { digest } = knownImage().root;
  const scrape = await exporter.scrape();
  assert.deepEqual(scrape.pairs('container_image_annotation', digest), {
    'index.only': 'from index',
    'org.opencontainers.image.title': 'of amd64',
  });
  assert.equal(scrape.value('container_image_created', { digest }), 1714979289);
  await seeds.put('known', '1', multiPlatform(4));
  await exporter.shows((now) => {
    assert.equal(now.digest(image('known')), multiPlatform(4).root.digest);
    assert.ok(!now.text.includes(digest));
  });
});

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startEmbedded } from './cluster.ts';
import { startExporter } from './exporter-process.ts';
import { containersOf } from './workloads.ts';
import { World } from './world.ts';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'connections-preload.ts')).href;

/** What the author of a pod may write to have somebody else's doors tried. */
const FORBIDDEN = [
  '169.254.169.254/latest/meta-data:1',
  '169.254.169.254:80/app:1',
  '[fe80::1]:5000/app:1',
  '[fd00:ec2::254]/app:1',
  'metadata.google.internal/app:1',
  'metadata.google.internal:80/app:1',
  '168.63.129.16/app:1',
  '0.0.0.0:8080/app:1',
];

test('no connection is opened to the machine, its cloud or its metadata, whatever an image is called', async () => {
  await using cluster = await startEmbedded();
  await using exporter = await startExporter({
    kubeconfig: cluster.kubeconfig(),
    env: { NODE_OPTIONS: `--import=${PRELOAD}` },
  });
  await using world = await World.open(cluster, exporter, 'guard');
  const { digest } = world.put('good:1').root;
  // A registry that sends its readers there is no way to it either.
  world.registry.faults.add({
    match: { path: /\/v2\/detour\// },
    action: { kind: 'redirect', to: 'http://169.254.169.254/latest/meta-data' },
  });
  const images = [...FORBIDDEN, world.image('detour:1')];
  await world.create('Pod', 'curious', containersOf(...images, world.image('good:1')));
  await exporter.shows((scrape) => {
    assert.equal(scrape.digest(world.image('good:1')), digest);
    assert.deepEqual(
      images.map((image) => [image, scrape.reason(image)]),
      images.map((image) => [image, 'blocked']),
    );
  });
  const opened = await readFile(join(exporter.home, 'connections'), 'utf8');
  const ports = [cluster.server.url, world.registry.url].map((url) => new URL(url).port);
  const strange = opened
    .trim()
    .split('\n')
    .filter((line) => !ports.some((port) => new RegExp(`"port":"?${port}\\b`).test(line)));
  assert.deepEqual(strange, []);
  assert.ok(ports.every((port) => opened.includes(port)));
});

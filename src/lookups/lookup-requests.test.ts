import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import {
  buildArtifact,
  buildImage,
  buildSchema1,
  type EmbeddedRegistry,
  putImage,
  type RegistryOptions,
  startRegistry,
} from '../testing/index.ts';
import { HOUR, MINUTE, TestLookups } from './test-lookups.ts';

const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];

/** A registry with tokens and so many images of two platforms, each in a repository of its own. */
async function registryOf(count: number, options: RegistryOptions = {}): Promise<EmbeddedRegistry> {
  const registry = await startRegistry({
    auth: { kind: 'token', users: [], anonymousPull: true, lifetimeSeconds: 100_000 },
    ...options,
  });
  for (let index = 0; index < count; index++)
    putImage(registry.store, `team/app${index}`, '1', imageOf(`${index}`));
  return registry;
}

function imageOf(label: string) {
  return buildImage({
    platforms: PLATFORMS,
    layers: [{ bytes: Buffer.from(label), mediaType: 'application/vnd.oci.image.layer.v1.tar' }],
    labels: { label },
  });
}

function imagesOf({ host }: EmbeddedRegistry, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${host}/team/app${index}:1`);
}

describe('requests', () => {
  test('500 images cost three each, and a round in which nothing changed one each', async () => {
    await using registry = await registryOf(500);
    using client = new TestClient();
    using run = new TestLookups(client.client);
    run.add(...imagesOf(registry, 500));
    await run.finish();
    assert.equal(run.lookups.stats().images.ok, 500);
    const { token = 0, ...first } = registry.counts();
    assert.deepEqual(first, { 401: 1, 'GET manifest': 1000, 'GET blob': 500 });
    assert.ok(token <= 25, `${token} tokens`);
    registry.reset();
    await run.clock.advance((HOUR * 7) / 6, () => run.finish());
    assert.deepEqual(registry.counts(), { 'HEAD manifest': 500 });
  });

  test('a tag that moved costs four', async () => {
    await using registry = await registryOf(1);
    using client = new TestClient();
    using run = new TestLookups(client.client);
    const [image = ''] = imagesOf(registry, 1);
    run.add(image);
    await run.finish();
    const moved = imageOf('moved');
    putImage(registry.store, 'team/app0', '1', moved);
    registry.reset();
    await run.clock.advance((HOUR * 7) / 6, () => run.finish());
    assert.deepEqual(registry.counts(), { 'HEAD manifest': 1, 'GET manifest': 2, 'GET blob': 1 });
    assert.equal(run.statuses.get(image)?.digest, moved.root.digest);
    assert.deepEqual([...run.facts.keys()], [moved.root.digest]);
  });

  test('what is no image has a digest, and is asked for once a round; schema 1, which proves nothing, is read', async () => {
    await using registry = await registryOf(0);
    putImage(registry.store, 'team/sbom', '1', buildArtifact({ artifactType: 'x/y', content: 'x' }));
    putImage(registry.store, 'team/old', '1', buildSchema1('team/old', '1'));
    using client = new TestClient();
    using run = new TestLookups(client.client);
    run.add(`${registry.host}/team/sbom:1`, `${registry.host}/team/old:1`);
    await run.finish();
    for (const [, { reason, digest }] of run.statuses) {
      assert.deepEqual([reason, digest === undefined], ['unsupported', false]);
    }
    registry.reset();
    await run.clock.advance((HOUR * 7) / 6, () => run.finish());
    assert.deepEqual(registry.counts(), { 'HEAD manifest': 2, 'GET manifest': 1 });
  });
});

test('each image fails for itself, and comes back by itself', async () => {
  await using registry = await registryOf(3);
  registry.faults.add({
    match: { path: /app1\// },
    times: 20,
    action: { kind: 'status', status: 403, code: 'DENIED' },
  });
  using client = new TestClient();
  using run = new TestLookups(client.client);
  const images = imagesOf(registry, 3);
  run.add(...images, `${registry.host}/team/none:1`);
  await run.finish();
  assert.deepEqual(
    [...run.statuses.values()].map(({ reason }) => reason),
    ['ok', 'forbidden', 'ok', 'not_found'],
  );
  registry.faults.clear();
  putImage(registry.store, 'team/none', '1', imageOf('none'));
  await run.clock.advance(HOUR + 10 * MINUTE, () => run.finish());
  assert.equal(run.lookups.stats().images.ok, 4);
});

test('a host that asks for peace is not asked again before its time, by nobody', async () => {
  await using registry = await registryOf(50);
  registry.faults.add({
    match: { kind: 'GET manifest' },
    after: 30,
    times: 1,
    action: { kind: 'status', status: 429, headers: { 'Retry-After': '90' } },
  });
  using client = new TestClient({ pace: { width: 20, patience: 0, tries: 2 } });
  using run = new TestLookups(client.client);
  run.add(...imagesOf(registry, 50));
  await run.finish();
  const { ok, rate_limited: paused } = run.lookups.stats().images;
  assert.ok(paused > 0 && ok + paused === 50, `${ok} and ${paused}`);
  registry.reset();
  client.clock.advance(90_000);
  await run.clock.advance(89_999, () => run.finish());
  assert.deepEqual(registry.requests, []);
  await run.clock.advance(1, () => run.finish());
  assert.equal(run.lookups.stats().images.ok, 50);
});

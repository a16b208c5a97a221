import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildArtifact, buildSchema1 } from '../testing/index.ts';
import { FakeRegistry, failing, failWith, imageOf, stall } from './fake-registry.ts';
import { HOUR, MINUTE, TestLookups } from './test-lookups.ts';

const NGINX = 'docker.io/library/nginx:latest';

describe('what is known of an image', () => {
  test('is pending at once, and the digest, its facts and times when it was looked up', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const digest = registry.putNew('a.test/app:1');
    run.add('a.test/app:1');
    assert.deepEqual(run.statuses.get('a.test/app:1'), {
      reason: 'pending',
      digest: undefined,
      lastLookup: undefined,
      lastSuccess: undefined,
      changes: 0,
    });
    await run.finish();
    const now = run.clock.now();
    assert.deepEqual(run.statuses.get('a.test/app:1'), {
      reason: 'ok',
      digest,
      lastLookup: now,
      lastSuccess: now,
      changes: 0,
    });
    assert.deepEqual([...run.facts.keys()], [digest]);
    assert.deepEqual(run.facts.get(digest)?.labels, new Map([['label', 'a.test/app:1']]));
    assert.equal(registry.asked().length, 3);
  });

  test('is the same for all names of one image, which is looked up once', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const digest = registry.putNew(NGINX);
    run.add('nginx', 'nginx:latest', 'docker.io/library/nginx', 'index.docker.io/library/nginx:latest');
    await run.finish();
    assert.deepEqual(
      [...run.statuses.values()].map((status) => status.digest),
      [digest, digest, digest, digest],
    );
    assert.deepEqual(
      registry.requests.filter((request) => request.includes(':latest')),
      [`HEAD ${NGINX}`],
    );
    run.add('docker.io/nginx');
    assert.equal(run.statuses.get('docker.io/nginx')?.digest, digest);
    assert.deepEqual([run.lookups.stats().references, run.lookups.stats().images.ok], [1, 5]);
  });

  test('goes with the last user of a text, of a name, and of a digest', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.put('a.test/app:1', imageOf('same'));
    registry.put('a.test/app:2', imageOf('same'));
    run.add('a.test/app:1', 'a.test/app:1', 'a.test/app:2');
    await run.finish();
    assert.equal(run.facts.size, 1);
    run.remove('a.test/app:1');
    assert.equal(run.statuses.size, 2);
    run.remove('a.test/app:1');
    assert.deepEqual([[...run.statuses.keys()], run.facts.size], [['a.test/app:2'], 1]);
    run.remove('a.test/app:2', 'a.test/app:2');
    assert.deepEqual([run.statuses.size, run.facts.size], [0, 0]);
    const { references, digests, images } = run.lookups.stats();
    assert.deepEqual([references, digests, images.ok], [0, 0, 0]);
    await run.advance(3 * HOUR);
    registry.asked();
    await run.advance(3 * HOUR);
    assert.deepEqual(registry.asked(), []);
  });

  test('a text that is no name says so at once, for as long as it is used', () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    run.add('Not/OK', 'Not/OK', 'a b');
    assert.deepEqual([run.reason('Not/OK'), run.reason('a b')], ['invalid_reference', 'invalid_reference']);
    assert.equal(run.reports.length, 2);
    run.remove('Not/OK', 'a b');
    assert.deepEqual([...run.statuses.keys()], ['Not/OK']);
    assert.equal(run.lookups.stats().images.invalid_reference, 1);
  });

  test('what is given up while it is looked up leaves nothing', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.putNew('a.test/app:1');
    registry.troubles.set('a.test', stall);
    run.add('a.test/app:1');
    await run.settle();
    assert.equal(run.lookups.stats().inFlight, 1);
    run.remove('a.test/app:1');
    await run.settle();
    assert.deepEqual([run.lookups.stats().inFlight, run.statuses.size, run.clock.sleepers], [0, 0, 0]);
  });

  test('what cannot have facts has a digest, and is not read again', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const artifact = buildArtifact({ artifactType: 'application/x.sbom', content: 'x' });
    const schema1 = buildSchema1('app', '2');
    registry.put('a.test/app:1', artifact);
    registry.put('a.test/app:2', schema1);
    run.add('a.test/app:1', 'a.test/app:2');
    await run.finish();
    for (const [image, { root }] of [
      ['a.test/app:1', artifact],
      ['a.test/app:2', schema1],
    ] as const) {
      assert.deepEqual([run.reason(image), run.statuses.get(image)?.digest], ['unsupported', root.digest]);
    }
    assert.equal(run.facts.size, 0);
    registry.asked();
    await run.advance((HOUR * 7) / 6);
    assert.deepEqual(
      registry.asked().toSorted((a, b) => a.localeCompare(b)),
      ['HEAD a.test/app:1', 'HEAD a.test/app:2'],
    );
  });
});

describe('refresh', () => {
  test('an unchanged tag costs one request for each round', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry, { random: () => 0 });
    registry.putNew('a.test/app:1');
    run.add('a.test/app:1');
    await run.finish();
    registry.asked();
    await run.advance(HOUR / 2 - MINUTE);
    assert.deepEqual(registry.asked(), []);
    await run.advance(2 * MINUTE);
    assert.deepEqual(registry.asked(), ['HEAD a.test/app:1']);
    await run.advance(2 * HOUR + 10 * MINUTE);
    assert.deepEqual(registry.asked(), ['HEAD a.test/app:1', 'HEAD a.test/app:1']);
    assert.equal(run.statuses.get('a.test/app:1')?.changes, 0);
  });

  test('a moved tag shows its new digest, and the facts of the old one go', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const old = registry.putNew('a.test/app:1', 'old');
    run.add('a.test/app:1');
    await run.finish();
    assert.deepEqual([...run.facts.keys()], [old]);
    const now = registry.putNew('a.test/app:1', 'new');
    registry.asked();
    await run.advance((HOUR * 7) / 6);
    assert.equal(registry.asked().length, 4);
    const { digest, changes } = run.statuses.get('a.test/app:1') ?? {};
    assert.deepEqual([digest, changes, [...run.facts.keys()]], [now, 1, [now]]);
  });

  test('an image with a digest is fetched once for ever', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const { root } = imageOf('x');
    registry.put('a.test/app:1', imageOf('x'));
    run.add(`a.test/app@${root.digest}`, `a.test/app:9@${root.digest}`);
    await run.finish();
    assert.equal(registry.asked().length, 3);
    assert.deepEqual([run.lookups.stats().references, run.statuses.size], [1, 2]);
    await run.advance(100 * HOUR);
    assert.deepEqual(registry.asked(), []);
  });

  test('a digest whose facts are known costs one request, whoever asks for it', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const { root } = imageOf('x');
    registry.put('a.test/app:1', imageOf('x'));
    registry.put('b.test/copy:1', imageOf('x'));
    run.add('a.test/app:1');
    await run.finish();
    registry.asked();
    run.add('b.test/copy:1', `a.test/app@${root.digest}`);
    await run.finish();
    assert.deepEqual(
      registry.asked().toSorted((a, b) => a.localeCompare(b)),
      ['GET b.test/copy:1', `HEAD a.test/app@${root.digest}`],
    );
    assert.deepEqual([run.lookups.stats().factHits, run.lookups.stats().factMisses], [2, 1]);
  });

  test('one digest under many tags is read once, though all are asked for together', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const tags = Array.from({ length: 20 }, (_, index) => `a.test/app:${index}`);
    for (const tag of tags) registry.put(tag, imageOf('x'));
    run.add(...tags);
    await run.finish();
    assert.equal(registry.asked().length, 20 + 2);
    assert.equal(run.lookups.stats().digests, 1);
  });

  test('the first refresh of a cluster is spread over most of the cache duration', async () => {
    const registry = new FakeRegistry();
    let seed = 1;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    using run = new TestLookups(registry, { random });
    const images = Array.from({ length: 400 }, (_, index) => `a.test/app:${index}`);
    for (const image of images) registry.putNew(image);
    run.add(...images);
    await run.finish();
    assert.equal(registry.asked().length, 1200);
    const asked: number[] = [];
    for (let part = 0; part < 7; part++) {
      await run.advance(10 * MINUTE);
      asked.push(registry.asked().length);
    }
    assert.deepEqual(asked.slice(0, 2), [0, 0]);
    assert.equal(
      asked.reduce((sum, count) => sum + count, 0),
      400,
      'each once in the round',
    );
    for (const count of asked.slice(3)) assert.ok(count > 60 && count < 140, asked.join());
  });
});

test('an end from outside leaves nothing at work and nothing waiting', async () => {
  const registry = new FakeRegistry();
  const run = new TestLookups(registry);
  registry.troubles.set('a.test', stall);
  registry.troubles.set(
    'b.test',
    failWith(() => failing(401)),
  );
  run.add('a.test/app:1', 'a.test/app:2', 'b.test/app:1', 'c.test/app:1');
  run.lookups.armFirstRound();
  await run.settle();
  run.stop();
  await run.settle();
  assert.deepEqual([run.lookups.stats().inFlight, run.clock.sleepers], [0, 0]);
  assert.equal(run.reason('a.test/app:1'), 'pending');
});

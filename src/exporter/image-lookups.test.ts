import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildArtifact, buildSchema1 } from '../testing/index.ts';
import { FakeRegistry, failing, failWith, imageOf, stall } from './fake-registry.ts';
import { HOUR, MINUTE, PULLER, TestLookups } from './test-lookups.ts';

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

describe('a failure', () => {
  test('leaves the last good digest and facts, and is told once', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const digest = registry.putNew('a.test/app:1');
    run.add('a.test/app:1');
    await run.finish();
    const success = run.clock.now();
    registry.troubles.set(
      'a.test',
      failWith(() => failing(502)),
    );
    await run.advance(2 * HOUR);
    const failed = run.statuses.get('a.test/app:1');
    assert.ok((failed?.lastLookup ?? 0) > success + HOUR);
    assert.deepEqual(failed, { ...failed, reason: 'unavailable', digest, lastSuccess: success });
    assert.deepEqual([run.reports, run.facts.size], [['a.test/app:1: unavailable'], 1]);
    registry.troubles.clear();
    await run.advance(20 * MINUTE);
    assert.equal(run.reason('a.test/app:1'), 'ok');
    assert.deepEqual(run.reports, ['a.test/app:1: unavailable', 'a.test/app:1: ok']);
  });

  test('that time may mend is tried again with growing pauses', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.troubles.set(
      'a.test',
      failWith(() => failing(undefined)),
    );
    run.add('a.test/app:1');
    await run.finish();
    const counts: number[] = [];
    for (const time of [4_000, 1_000, 10_000, 20_000, 40_000, 80_000]) {
      registry.asked();
      await run.advance(time);
      counts.push(registry.asked().length);
    }
    assert.deepEqual(counts, [0, 1, 1, 1, 1, 1]);
    await run.advance(10 * HOUR);
    assert.ok(registry.asked().length <= 44);
  });

  const lasting: readonly [status: number, reason: string][] = [
    [404, 'not_found'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
  ];
  for (const [status, reason] of lasting) {
    test(`that is ${reason} is not tried again before the cache duration`, async () => {
      const registry = new FakeRegistry();
      using run = new TestLookups(registry);
      if (status !== 404)
        registry.troubles.set(
          'a.test',
          failWith(() => failing(status)),
        );
      run.add('a.test/app:1');
      await run.finish();
      assert.equal(run.reason('a.test/app:1'), reason);
      registry.asked();
      await run.advance(HOUR - MINUTE);
      assert.deepEqual(registry.asked(), []);
      await run.advance(11 * MINUTE);
      assert.equal(registry.asked().length, 1);
    });
  }

  test('of a rule of ours is never tried again', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry, {
      registry: {
        reader: () => {
          throw Object.assign(new Error('registries.conf forbids it'), { kind: 'blocked' });
        },
      },
    });
    run.add('a.test/app:1');
    await run.finish();
    await run.advance(100 * HOUR);
    assert.equal(run.reason('a.test/app:1'), 'blocked');
    assert.equal(run.clock.sleepers, 0);
  });

  test('of credentials is tried again when they change, or when somebody else joins', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.putNew('a.test/app:1');
    registry.troubles.set(
      'a.test',
      failWith(() => failing(401)),
    );
    run.add('a.test/app:1');
    await run.finish();
    await run.advance(10 * MINUTE);
    assert.equal(registry.asked().length, 1);
    run.fingerprint = 'new';
    await run.advance(3 * MINUTE);
    assert.equal(registry.asked().length, 1);
    await run.advance(10 * MINUTE);
    assert.equal(registry.asked().length, 0, 'one change is one try');
    registry.troubles.clear();
    run.lookups.add('a.test/app:1', { ...PULLER, secrets: ['key'] });
    await run.finish();
    assert.equal(run.reason('a.test/app:1'), 'ok');
  });

  test('somebody who joins while credentials are refused is not forgotten', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.putNew('a.test/app:1');
    const refused = Promise.withResolvers<void>();
    registry.troubles.set('a.test', () => refused.promise);
    run.add('a.test/app:1');
    await run.settle();
    run.lookups.add('a.test/app:1', { ...PULLER, secrets: ['key'] });
    registry.troubles.clear();
    refused.reject(failing(403));
    await run.finish();
    assert.equal(run.reason('a.test/app:1'), 'ok');
    assert.deepEqual(run.reports, ['a.test/app:1: forbidden', 'a.test/app:1: ok']);
  });

  test('that takes too long is a timeout', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry, { lookupTimeout: 7_000 });
    registry.putNew('a.test/app:1');
    registry.troubles.set('a.test', (request) => (request.startsWith('BLOB') ? stall() : undefined));
    run.add('a.test/app:1');
    await run.advance(6_999);
    assert.equal(run.reason('a.test/app:1'), 'pending');
    await run.advance(1);
    assert.equal(run.reason('a.test/app:1'), 'timeout');
    assert.ok(run.statuses.get('a.test/app:1')?.digest, 'the digest was learnt before');
  });

  test('of one who reads for many is not the failure of all', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.put('a.test/app:1', imageOf('x'));
    registry.put('b.test/app:1', imageOf('x'));
    registry.troubles.set('a.test', (request) =>
      request.startsWith('BLOB') ? Promise.reject(failing(403)) : undefined,
    );
    run.add('a.test/app:1', 'b.test/app:1');
    await run.finish();
    assert.deepEqual([run.reason('a.test/app:1'), run.reason('b.test/app:1')], ['forbidden', 'ok']);
  });
});

describe('the first round', () => {
  test('is over when all that was known has been tried once', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.putNew('a.test/app:1');
    const answer = Promise.withResolvers<void>();
    registry.troubles.set('a.test', () => answer.promise);
    run.add('a.test/app:1', 'b.test/missing:1', 'c.test/gone:1', 'Not/OK');
    run.lookups.armFirstRound();
    run.remove('c.test/gone:1');
    await run.settle();
    assert.deepEqual([run.rounds, run.lookups.firstRoundDone], [0, false]);
    answer.resolve();
    await run.finish();
    assert.deepEqual([run.rounds, run.lookups.firstRoundDone], [1, true]);
  });

  test('is over at once when nothing is known', () => {
    using run = new TestLookups(new FakeRegistry());
    run.lookups.armFirstRound();
    assert.equal(run.rounds, 1);
  });

  test('does not wait for hosts that are down, that pause, or that never end', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.troubles.set(
      'down.test',
      failWith(() => failing(undefined)),
    );
    registry.troubles.set(
      'calm.test',
      failWith(() => failing(429, HOUR)),
    );
    for (let index = 0; index < 50; index++) run.add(`down.test/app:${index}`, `calm.test/app:${index}`);
    run.lookups.armFirstRound();
    await run.finish();
    assert.deepEqual([run.rounds, registry.asked().length], [1, 2]);
  });

  test('has an end in time', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry, { lookupTimeout: HOUR });
    registry.troubles.set('a.test', stall);
    run.add('a.test/app:1');
    run.lookups.armFirstRound(5_000);
    await run.advance(4_999);
    assert.equal(run.rounds, 0);
    await run.advance(1);
    assert.deepEqual([run.rounds, run.lookups.firstRoundDone], [1, true]);
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

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RegistryError, WithheldError } from '../registry/index.ts';
import { FakeRegistry, failing, failWith, stall } from './fake-registry.ts';
import { HOUR, MINUTE, TestLookups } from './test-lookups.ts';

function names(host: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${host}/app:${index}`);
}

/** Numbers as if by chance, the same each time. */
function chances(): () => number {
  let seed = 1;
  return () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
}

function put(registry: FakeRegistry, images: readonly string[]): void {
  for (const image of images) registry.putNew(image);
}

describe('hosts', () => {
  test('are met by one look-up alone, then by many at a time', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const images = names('a.test', 100);
    put(registry, images);
    const answers: (() => void)[] = [];
    registry.troubles.set('a.test', (request) => {
      if (!/app:\d+$/.test(request)) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      answers.push(resolve);
      return promise;
    });
    run.add(...images);
    await run.settle();
    assert.equal(answers.length, 1);
    const inFlight: number[] = [];
    while (answers.length > 0) {
      answers.shift()?.();
      await run.settle();
      inFlight.push(run.lookups.stats().inFlight);
    }
    assert.equal(Math.max(...inFlight), 44);
    // A whole batch when twenty are left, so that one token can be bought for it.
    assert.deepEqual(inFlight.slice(0, 3), [44, 43, 42]);
    assert.deepEqual([inFlight[23], inFlight[24]], [21, 44]);
    assert.equal(run.lookups.stats().images.ok, 100);
  });

  test('are not to blame for credentials that cannot be had', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const images = names('a.test', 30);
    put(registry, images);
    const missing = new WithheldError(new Error('the API server is away'));
    registry.troubles.set('a.test', (request) => {
      if (!request.includes('app:0')) return undefined;
      const repository = { registry: 'a.test', path: 'app' };
      return Promise.reject(new RegistryError({ repository, operation: 'look it up', cause: missing }));
    });
    run.add(...images);
    await run.finish();
    const { ok, unavailable } = run.lookups.stats().images;
    assert.deepEqual([ok, unavailable], [29, 1]);
    registry.troubles.clear();
    await run.advance(10_000);
    assert.equal(run.reason('a.test/app:0'), 'ok');
  });

  test('that stall hold up no other', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry, { overall: 30 });
    for (let host = 0; host < 50; host++) {
      registry.troubles.set(`dead${host}.test`, stall);
      run.add(...names(`dead${host}.test`, 10));
    }
    const images = names('a.test', 40);
    put(registry, images);
    run.add(...images);
    await run.settle();
    assert.equal(run.lookups.stats().inFlight, 15, 'half of all places is not for hosts that may be dead');
    await run.advance(2 * MINUTE);
    assert.equal(run.lookups.stats().images.ok, 40);
    assert.equal(
      run.lookups.stats().images.timeout,
      500,
      'each host was tried, and spoke for all its images',
    );
  });

  test('that were well and die hold up no other', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const [dying, well] = [names('dying.test', 60), names('a.test', 60)];
    put(registry, [...dying, ...well]);
    run.add('dying.test/app:0');
    await run.finish();
    registry.troubles.set('dying.test', stall);
    run.add(...dying, ...well);
    await run.settle();
    assert.deepEqual([run.lookups.stats().inFlight, run.lookups.stats().images.ok], [44, 61]);
  });

  test('take turns when all places are taken', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry, { overall: 4, hostWidth: 1 });
    const images = [...names('a.test', 30), ...names('b.test', 30)];
    put(registry, images);
    run.add('a.test/app:0', 'b.test/app:0');
    await run.finish();
    registry.asked();
    run.add(...images);
    await run.finish();
    const [a, b] = ['a', 'b'].map((host) =>
      registry.requests.findLastIndex((request) => request.startsWith(`GET ${host}.test/app:`)),
    );
    assert.ok(Math.abs((a ?? 0) - (b ?? 0)) < 60, `${a} ${b}`);
    assert.ok(registry.mostInFlight <= 4);
    assert.equal(run.lookups.stats().images.ok, 60);
  });

  test('that are down are asked by one image for all, and all come back with the first answer', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry, { random: chances() });
    const images = names('a.test', 100);
    put(registry, images);
    const trouble = failWith(() => failing(undefined));
    registry.troubles.set('a.test', trouble);
    run.add(...images);
    await run.advance(HOUR);
    assert.equal(run.lookups.stats().images.unavailable, 100);
    const asked = registry.asked().length;
    assert.ok(asked >= 9 && asked <= 12, `${asked} requests in an hour`);
    run.add('a.test/new:1');
    await run.settle();
    assert.equal(run.reason('a.test/new:1'), 'unavailable', 'what is new does not wait');
    registry.troubles.clear();
    while (run.lookups.stats().images.ok === 0) await run.advance(1000);
    assert.equal(run.lookups.stats().images.ok, 100);
  });

  test('with one bad image do not ask for it more often because others are well', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry, { cacheDuration: 2 * MINUTE, random: chances() });
    const images = names('a.test', 30);
    put(registry, images);
    registry.troubles.set('a.test', (request) =>
      request.endsWith('app:7') ? Promise.reject(failing(500)) : undefined,
    );
    run.add(...images);
    await run.advance(2 * HOUR);
    const asked = registry.asked().filter((request) => request.endsWith('app:7')).length;
    assert.ok(asked > 8 && asked < 36, `${asked} requests`);
    assert.equal(run.lookups.stats().images.ok, 29);
  });
});

describe('a host that wants peace', () => {
  test('gets it: nobody asks before the pause is over, then one does', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const images = names('a.test', 50);
    put(registry, [...images, 'b.test/app:1']);
    registry.troubles.set(
      'a.test',
      failWith(() => failing(429, 90_000)),
    );
    run.add(...images, 'b.test/app:1');
    await run.finish();
    assert.equal(run.reason('b.test/app:1'), 'ok');
    assert.equal(run.lookups.stats().images.rate_limited, 50);
    assert.deepEqual(run.reports, ['a.test/app:0: rate_limited']);
    registry.asked();
    run.add('a.test/late:1');
    assert.equal(run.reason('a.test/late:1'), 'rate_limited');
    await run.advance(89_999);
    assert.deepEqual(registry.asked(), []);
    assert.ok(run.lookups.stats().lagMs >= 89_999);
    await run.advance(1);
    assert.equal(registry.asked().length, 1);
    registry.troubles.clear();
    await run.advance(90_000);
    assert.equal(run.lookups.stats().images.ok, 51);
  });

  test('is believed between a second and an hour', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.putNew('a.test/app:1');
    registry.putNew('b.test/app:1');
    registry.troubles.set(
      'a.test',
      failWith(() => failing(429, 485_009 * HOUR)),
    );
    registry.troubles.set(
      'b.test',
      failWith(() => failing(429, 0)),
    );
    run.add('a.test/app:1', 'b.test/app:1');
    await run.finish();
    registry.troubles.clear();
    await run.advance(999);
    assert.equal(run.reason('b.test/app:1'), 'rate_limited');
    await run.advance(1);
    assert.equal(run.reason('b.test/app:1'), 'ok');
    await run.advance(HOUR - 1000);
    assert.equal(run.reason('a.test/app:1'), 'ok');
  });

  test('and does not say how long is asked after pauses that double, from half a minute', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.troubles.set(
      'a.test',
      failWith(() => failing(429)),
    );
    run.add(...names('a.test', 5));
    const times: number[] = [];
    const started = run.clock.now();
    for (let second = 0; second < 240; second++) {
      await run.advance(1000);
      if (registry.asked().length > 0) times.push((run.clock.now() - started) / 1000);
    }
    assert.deepEqual(times, [1, 30, 90, 210]);
  });

  test('keeps what is known, and is not forgotten when its last image goes', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const digest = registry.putNew('a.test/app:1');
    run.add('a.test/app:1');
    await run.finish();
    registry.troubles.set(
      'a.test',
      failWith(() => failing(429, HOUR)),
    );
    await run.advance(HOUR);
    assert.deepEqual(
      [run.reason('a.test/app:1'), run.statuses.get('a.test/app:1')?.digest],
      ['rate_limited', digest],
    );
    run.remove('a.test/app:1');
    registry.asked();
    run.add('a.test/app:2');
    await run.advance(5 * MINUTE);
    assert.deepEqual(registry.asked(), []);
  });
});

describe('a host that counts pulls', () => {
  test('is asked by HEAD first, and for facts by GET only if they are not held', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.putNew('docker.io/library/nginx:1', 'x');
    registry.putNew('docker.io/library/nginx:2', 'x');
    run.add('nginx:1');
    await run.finish();
    assert.deepEqual(
      registry.asked().map((request) => request.split(' ')[0]),
      ['HEAD', 'GET', 'GET', 'BLOB'],
    );
    run.add('nginx:2');
    await run.finish();
    assert.deepEqual(registry.asked(), ['HEAD docker.io/library/nginx:2']);
  });

  test('is known by what it tells', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    registry.putNew('a.test/app:1');
    registry.putNew('a.test/app:2');
    run.add('a.test/app:1');
    await run.finish();
    run.lookups.noteRateLimit('a.test', { limit: 100, remaining: 90, window: 21_600 });
    registry.asked();
    run.add('a.test/app:2');
    await run.finish();
    assert.equal(registry.asked()[0], 'HEAD a.test/app:2');
  });

  test('and has few left is pulled from slowly, while digests are still learnt; all goes on when it has more', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    const images = Array.from({ length: 30 }, (_, index) => `docker.io/library/app:${index}`);
    put(registry, images);
    let remaining = 20;
    registry.troubles.set('docker.io', (request) => {
      if (request.startsWith('GET')) remaining--;
      run.lookups.noteRateLimit('docker.io', { limit: 100, remaining, window: 21_600 });
      return undefined;
    });
    run.add(...images);
    await run.finish();
    const { ok, rate_limited: held } = run.lookups.stats().images;
    assert.ok(ok >= 4 && ok <= 6, `${ok}`);
    assert.equal(ok + held, 30);
    assert.equal([...run.statuses.values()].filter(({ digest }) => digest !== undefined).length, 30);
    const pulls = (): number => registry.asked().filter((request) => request.startsWith('GET')).length;
    assert.ok(pulls() <= 12);
    await run.advance(20 * MINUTE);
    assert.ok(remaining >= 4, `${remaining} left`);
    assert.ok(pulls() <= 6);
    run.lookups.noteRateLimit('docker.io', { limit: 200, remaining: 190, window: 21_600 });
    remaining = 190;
    await run.finish();
    assert.equal(run.lookups.stats().images.ok, 30);
    assert.ok(run.reports.every((report) => /: (rate_limited|ok)$/.test(report)));
  });
});

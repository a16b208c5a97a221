import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeRegistry, failing, failWith, imageOf, stall } from './fake-registry.ts';
import { HOUR, MINUTE, PULLER, TestLookups } from './test-lookups.ts';

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

  test('of a place where there is nothing is tried again with other credentials, as some registries hide what is there', async () => {
    const registry = new FakeRegistry();
    using run = new TestLookups(registry);
    run.add('a.test/app:1', 'a.test/app:2');
    await run.finish();
    registry.putNew('a.test/app:1');
    registry.putNew('a.test/app:2');
    run.lookups.add('a.test/app:1', { ...PULLER, secrets: ['key'] });
    await run.finish();
    assert.deepEqual([run.reason('a.test/app:1'), run.reason('a.test/app:2')], ['ok', 'not_found']);
    run.fingerprint = 'new';
    await run.advance(4 * MINUTE);
    assert.equal(run.reason('a.test/app:2'), 'ok');
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

  test('of a rule of ours is tried again when its time has come, as the name may lead elsewhere then', async () => {
    const registry = new FakeRegistry();
    let readers = 0;
    using run = new TestLookups(registry, {
      registry: {
        reader: () => {
          readers++;
          throw Object.assign(new Error('registries.conf forbids it'), { kind: 'blocked' });
        },
      },
    });
    run.add('a.test/app:1');
    await run.finish();
    await run.advance(HOUR - MINUTE);
    assert.equal(readers, 1);
    await run.advance(11 * MINUTE);
    assert.equal(readers, 2);
    assert.equal(run.reason('a.test/app:1'), 'blocked');
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

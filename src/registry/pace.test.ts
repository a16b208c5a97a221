import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { parseReference } from '../oci/index.ts';
import { buildImage, type EmbeddedRegistry, putImage, startRegistry } from '../testing/index.ts';
import { RegistryError } from './errors.ts';
import type { Pace } from './pace.ts';

const IMAGE = buildImage();
const HOUR = 3_600_000;
/** As of a process that plans its requests itself. */
const PLANNED = {
  patience: 0,
  firstPause: 30_000,
  longestPause: HOUR,
  leastRetryAfter: 1000,
  mostRetryAfter: HOUR,
};

interface Setting {
  readonly registry: EmbeddedRegistry;
  readonly subject: TestClient;
  readonly lookUp: () => Promise<string>;
}

async function withPace(pace: Partial<Pace>, body: (setting: Setting) => Promise<void>): Promise<void> {
  await using registry = await startRegistry();
  putImage(registry.store, 'a', '1', IMAGE);
  using subject = new TestClient({ pace });
  await body({ registry, subject, lookUp: () => subject.digestOf(`${registry.host}/a:1`) });
}

async function failure(promise: Promise<unknown>): Promise<RegistryError> {
  const [settled] = await Promise.allSettled([promise]);
  assert.ok(
    settled.status === 'rejected' && settled.reason instanceof RegistryError,
    JSON.stringify(settled),
  );
  return settled.reason;
}

describe('without patience', () => {
  const pauses: readonly (readonly [string | undefined, number])[] = [
    [undefined, 30_000],
    ['7', 7000],
    ['0', 1000],
    ['1746037200', HOUR],
  ];
  for (const [retryAfter, length] of pauses) {
    test(`429 with Retry-After ${retryAfter} fails at once, and so does what comes behind it`, async () => {
      await withPace(PLANNED, async ({ registry, subject, lookUp }) => {
        await lookUp();
        registry.reset();
        assert.equal(subject.client.pausedUntil(registry.host), undefined);
        const headers = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
        registry.faults.add({ match: {}, times: 1, action: { kind: 'status', status: 429, headers } });
        const first = await failure(lookUp());
        assert.deepEqual([first.status, first.kind, first.retryAfter], [429, 'rate_limited', length]);
        const end = subject.clock.now() + length;
        assert.equal(subject.client.pausedUntil(registry.host), end);
        subject.clock.advance(400);
        const second = await failure(lookUp());
        assert.deepEqual(
          [second.status, second.kind, second.retryAfter],
          [429, 'rate_limited', length - 400],
        );
        assert.equal(registry.requests.length, 1);
        assert.deepEqual(subject.clock.sleeps, []);
        subject.clock.advance(length - 400);
        assert.equal(subject.client.pausedUntil(registry.host), undefined);
        assert.equal(await lookUp(), IMAGE.root.digest);
      });
    });
  }

  test('a pause without a length doubles while the host complains', async () => {
    await withPace(PLANNED, async ({ registry, subject, lookUp }) => {
      registry.faults.add({ match: {}, action: { kind: 'status', status: 429 } });
      const lengths: (number | undefined)[] = [];
      for (let round = 0; round < 3; round++) {
        const { retryAfter = 0 } = await failure(lookUp());
        lengths.push(retryAfter);
        subject.clock.advance(retryAfter);
      }
      assert.deepEqual(lengths, [30_000, 60_000, 120_000]);
    });
  });

  test('a token service that asks for peace is told with the time, too', async () => {
    await using registry = await startRegistry({
      auth: { kind: 'token', users: [], anonymousPull: true },
    });
    using subject = new TestClient({ pace: PLANNED });
    registry.faults.add({
      match: { kind: 'token' },
      action: { kind: 'status', status: 429, headers: { 'Retry-After': '9' } },
    });
    const { kind, status, retryAfter } = await failure(subject.digestOf(`${registry.host}/a:1`));
    assert.deepEqual([kind, status, retryAfter], ['rate_limited', 429, 9000]);
  });
});

test('what fails in passing is sent as often as said', async () => {
  await withPace({ tries: 2 }, async ({ registry, lookUp }) => {
    registry.faults.add({ match: {}, action: { kind: 'status', status: 502 } });
    assert.equal((await failure(lookUp())).kind, 'unavailable');
    assert.equal(registry.requests.length, 2);
  });
});

test('no more requests and connections than the width', async () => {
  await using registry = await startRegistry({
    sleep: async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
    faults: [{ match: {}, action: { kind: 'delay', ms: 1 } }],
  });
  putImage(registry.store, 'a', '1', IMAGE);
  using subject = new TestClient({ pace: { width: 3 } });
  const reader = subject.client.reader(parseReference(`${registry.host}/a:1`));
  const wanted = { tag: '1', digest: undefined };
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 20 }, () => reader.manifest(wanted, subject.signal)));
  }
  assert.equal(registry.maxInFlight, 3);
  assert.equal(registry.connections, 3);
});

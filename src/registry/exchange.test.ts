import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { parseReference } from '../oci/index.ts';
import {
  buildImage,
  type EmbeddedRegistry,
  type FaultAction,
  putImage,
  startRegistry,
} from '../testing/index.ts';
import { RegistryError } from './errors.ts';

const IMAGE = buildImage();
const RESET: FaultAction = { kind: 'cut-request', afterBytes: 0 };
const START = 1_800_000_000_000;

function status(code: number, headers: Readonly<Record<string, string>> = {}): FaultAction {
  return { kind: 'status', status: code, headers };
}

interface Setting {
  readonly registry: EmbeddedRegistry;
  readonly subject: TestClient;
  /** Looks `team/app:1` up. */
  readonly lookUp: () => Promise<string>;
}

async function withSetting(body: (setting: Setting) => Promise<void>): Promise<void> {
  await using registry = await startRegistry();
  putImage(registry.store, 'team/app', '1', IMAGE);
  using subject = new TestClient();
  await body({ registry, subject, lookUp: () => subject.digestOf(`${registry.host}/team/app:1`) });
}

describe('what passes is tried again', () => {
  const cases: readonly (readonly [string, FaultAction])[] = [
    ...[408, 499, 500, 502, 503, 504, 522].map((code) => [String(code), status(code)] as const),
    ['a reset connection', RESET],
    ['an answer that is cut', { kind: 'cut-response' }],
  ];
  for (const [name, action] of cases) {
    test(`${name}, with growing delays`, async () => {
      await withSetting(async ({ registry, subject, lookUp }) => {
        registry.faults.add({ match: {}, times: 4, action });
        assert.equal(await lookUp(), IMAGE.root.digest);
        assert.equal(registry.requests.length, 5);
        assert.deepEqual(subject.clock.sleeps, [100, 200, 400, 800]);
      });
    });

    test(`${name}, but not for ever`, async () => {
      await withSetting(async ({ registry, lookUp }) => {
        registry.faults.add({ match: {}, action });
        await assert.rejects(lookUp(), RegistryError);
        assert.equal(registry.requests.length, 5);
      });
    });
  }
});

describe('what does not pass is final', () => {
  for (const code of [400, 402, 410, 418, 451, 505]) {
    test(String(code), async () => {
      await withSetting(async ({ registry, subject }) => {
        registry.faults.add({ match: {}, action: status(code) });
        const reference = parseReference(`${registry.host}/team/app:1`);
        await assert.rejects(
          subject.client.lookUpTarget(reference, {}, subject.signal),
          (error) => error instanceof RegistryError && error.status === code,
        );
        assert.equal(registry.requests.length, 1);
        assert.deepEqual(subject.clock.sleeps, []);
      });
    });
  }
});

describe('a host that is down', () => {
  test('is noticed once, and then fails each request at its first try', async () => {
    await withSetting(async ({ registry, lookUp }) => {
      registry.faults.add({ match: {}, action: status(502) });
      await assert.rejects(lookUp(), /502 Bad Gateway/);
      assert.equal(registry.requests.length, 5);
      await assert.rejects(lookUp(), /502 Bad Gateway/);
      assert.equal(registry.requests.length, 6);
      registry.faults.clear();
      await lookUp();
      registry.faults.add({ match: {}, times: 2, action: status(502) });
      await lookUp();
    });
  });

  test('is not confused with one that drops all connections at once', async () => {
    await withSetting(async ({ registry, subject, lookUp }) => {
      await lookUp();
      registry.faults.add({ match: {}, times: 20, action: RESET });
      await Promise.all(
        Array.from({ length: 20 }, () => subject.digestOf(`${registry.host}/team/app@${IMAGE.root.digest}`)),
      );
      assert.equal(registry.requests.length, 1 + 20 + 20);
    });
  });

  test('names itself when nothing listens there', async () => {
    const registry = await startRegistry();
    const { host } = registry;
    await registry.stop();
    using subject = new TestClient();
    await assert.rejects(subject.digestOf(`${host}/team/app:1`), {
      name: 'RegistryError',
      message: `${host}/team/app: cannot look up tag "1": connect ECONNREFUSED ${host}`,
    });
    assert.equal(subject.events.length, 5);
  });
});

describe('a pause', () => {
  const now = new Date(START + 30_000).toUTCString();
  const cases: readonly (readonly [string, FaultAction, number])[] = [
    ['429 with seconds', status(429, { 'Retry-After': '7' }), 7000],
    ['429 with a date', status(429, { 'Retry-After': now }), 30_000],
    ['429 without Retry-After', status(429), 1000],
    ['429 with an odd Retry-After', status(429, { 'Retry-After': 'later' }), 1000],
    ['429 with nothing to wait', status(429, { 'Retry-After': '0' }), 1000],
    ['429 with a date that is past', status(429, { 'Retry-After': new Date(0).toUTCString() }), 1000],
    ['503 with Retry-After', status(503, { 'Retry-After': '2' }), 2000],
  ];
  for (const [name, action, milliseconds] of cases) {
    test(`${name} is waited out`, async () => {
      await withSetting(async ({ registry, subject, lookUp }) => {
        registry.faults.add({ match: {}, times: 1, action });
        await lookUp();
        assert.deepEqual(subject.clock.sleeps, [milliseconds]);
        assert.equal(registry.requests.length, 2);
      });
    });
  }

  test('does not count as a try', async () => {
    await withSetting(async ({ registry, lookUp }) => {
      registry.faults.add({ match: {}, times: 12, action: status(429, { 'Retry-After': '1' }) });
      await lookUp();
      assert.equal(registry.requests.length, 13);
    });
  });

  test('grows while the host does not say how long', async () => {
    await withSetting(async ({ registry, subject, lookUp }) => {
      registry.faults.add({ match: {}, times: 4, action: status(429) });
      await lookUp();
      assert.deepEqual(subject.clock.sleeps, [1000, 2000, 4000, 8000]);
    });
  });

  test('that is longer than a run can wait is an error, for all and without more requests', async () => {
    await withSetting(async ({ registry, subject, lookUp }) => {
      await lookUp();
      registry.faults.add({
        match: {},
        action: {
          kind: 'status',
          status: 429,
          code: 'TOOMANYREQUESTS',
          message: 'pull rate limit',
          headers: { 'Retry-After': '21600' },
        },
      });
      const head = `${registry.host}/team/app: cannot look up tag "1": 429 Too Many Requests: `;
      await assert.rejects(lookUp(), { message: `${head}it asks to wait 21600 s` });
      await assert.rejects(lookUp(), { message: `${head}the registry asks everybody to wait 21600 s` });
      assert.equal(registry.requests.length, 2);
      assert.deepEqual(subject.clock.sleeps, []);
    });
  });

  test('of nothing that never ends is no endless loop', async () => {
    await withSetting(async ({ registry, subject, lookUp }) => {
      registry.faults.add({ match: {}, action: status(429, { 'Retry-After': '0' }) });
      await assert.rejects(lookUp(), /429 Too Many Requests: it asks to wait 0 s$/);
      assert.equal(registry.requests.length, 601);
      assert.equal(subject.clock.now() - START, 600_000);
    });
  });

  test('that never ends is an error when the patience is at its end', async () => {
    await withSetting(async ({ registry, subject, lookUp }) => {
      registry.faults.add({ match: {}, action: status(429, { 'Retry-After': '60' }) });
      await assert.rejects(lookUp(), /429 Too Many Requests: it asks to wait 60 s$/);
      assert.equal(registry.requests.length, 11);
      assert.equal(subject.clock.now() - START, 600_000);
    });
  });
});

describe('cancelling', () => {
  test('ends a request, a delay and a pause with the reason', async () => {
    for (const action of [{ kind: 'hang' } as const, status(500), status(429, { 'Retry-After': '60' })]) {
      await using registry = await startRegistry();
      using subject = new TestClient();
      const stop = new AbortController();
      registry.faults.add({ match: {}, action });
      const reference = parseReference(`${registry.host}/team/app:1`);
      const reason = new Error('the user has had enough');
      const resolving = subject.client.resolve(reference, stop.signal);
      const ended = assert.rejects(resolving, (error) => error === reason);
      while (registry.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      stop.abort(reason);
      await ended;
    }
  });

  test('before the start asks nobody', async () => {
    await using registry = await startRegistry();
    using subject = new TestClient();
    const reference = parseReference(`${registry.host}/team/app:1`);
    const reason = new Error('never mind');
    await assert.rejects(
      subject.client.resolve(reference, AbortSignal.abort(reason)),
      (error) => error === reason,
    );
    assert.equal(registry.requests.length, 0);
  });
});

describe('secrets', () => {
  test('of signed URLs, tokens and passwords are in no error', async () => {
    await using registry = await startRegistry({
      auth: { kind: 'token', users: [{ name: 'ann', password: 'marker-password' }] },
    });
    const other = 'https://other.invalid:1/blob?X-Signature=marker-signature';
    using subject = new TestClient({
      credentials: {
        [registry.host]: [{ kind: 'basic', username: 'ann', password: 'marker-password' }],
      },
    });
    const actions: readonly FaultAction[] = [
      { kind: 'status', status: 403, code: 'DENIED', message: `not at ${other} for you` },
      { kind: 'redirect', to: other },
      { kind: 'redirect', to: 'http://169.254.169.254/?marker-query' },
      { kind: 'redirect', to: 'ftp://user:marker-user@r.example/' },
      { kind: 'status', status: 500 },
    ];
    for (const action of actions) {
      registry.faults.clear();
      registry.faults.add({ match: { method: 'GET', kind: 'GET manifest' }, action });
      registry.faults.add({ match: { method: 'HEAD' }, action: status(405) });
      try {
        await subject.digestOf(`${registry.host}/team/app:1`);
        assert.fail('it did not fail');
      } catch (error) {
        assert.ok(error instanceof RegistryError, String(error));
        for (let at: unknown = error; at instanceof Error; at = at.cause) {
          assert.doesNotMatch(`${at.message} ${JSON.stringify(at)}`, /marker|Bearer|Basic /);
        }
      }
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient, type TestClientOptions } from '../../test/support/client.ts';
import { type Digest, digestOf, parseReference } from '../oci/index.ts';
import {
  digestOfSource,
  type EmbeddedRegistry,
  type FaultAction,
  type FaultRule,
  generatedSource,
  noise,
  type RegistryOptions,
  startRegistry,
} from '../testing/index.ts';
import type { Origin } from './origin.ts';
import { pushBlob } from './push.ts';
import type { BlobContent } from './upload.ts';

const MIB = 1 << 20;

interface Setting {
  readonly registry: EmbeddedRegistry;
  readonly subject: TestClient;
  readonly target: Origin;
  /** Pushes content in pieces, as a copy does; what was sent of it in the end. */
  readonly push: (bytes: Uint8Array) => Promise<number>;
}

async function withSetting(
  options: RegistryOptions,
  body: (setting: Setting) => Promise<void>,
  client: TestClientOptions = {},
): Promise<void> {
  await using registry = await startRegistry(options);
  using subject = new TestClient(client);
  const target = subject.client.target(parseReference(`${registry.host}/a/b`).repository);
  const push = async (bytes: Uint8Array): Promise<number> => {
    let sent = 0;
    const onBytes = (count: number): void => void (sent += count);
    const blob = { digest: digestOf(bytes), size: bytes.length };
    await pushBlob(target, blob, inPieces(bytes), { onBytes, signal: subject.signal });
    return sent;
  };
  await body({ registry, subject, target, push });
}

function inPieces(bytes: Uint8Array): BlobContent {
  return async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  };
}

function fault(kind: string, action: FaultAction, times = 1, after = 0): FaultRule {
  return { match: { kind }, times, after, action };
}

function status(code: number, headers: Readonly<Record<string, string>> = {}): FaultAction {
  return { kind: 'status', status: code, headers };
}

/** The requests as `METHOD status`. */
function steps(registry: EmbeddedRegistry): string[] {
  return registry.requests.map((request) => `${request.method} ${request.status}`);
}

const BYTES = noise(1, 300_000);
const DIGEST = digestOf(BYTES);

describe('an upload', () => {
  for (const location of ['absolute', 'relative'] as const) {
    test(`is a POST and a PUT, with its length and the ${location} Location as it was given`, async () => {
      const features = { location, signedUploadQuery: true };
      await withSetting({ features }, async ({ registry, push }) => {
        assert.equal(await push(BYTES), BYTES.length);
        assert.ok(registry.store.hasBlob('a/b', DIGEST));
        assert.deepEqual(steps(registry), ['POST 202', 'PUT 201']);
      });
    });
  }

  test('of nothing at all works, too', async () => {
    await withSetting({}, async ({ registry, push }) => {
      assert.equal(await push(new Uint8Array()), 0);
      assert.ok(registry.store.hasBlob('a/b', digestOf('')));
    });
  });

  test('that is held in memory is counted when it is there', async () => {
    await withSetting({}, async ({ registry, target, subject }) => {
      const sent: number[] = [];
      const blob = { digest: DIGEST, size: BYTES.length };
      registry.faults.add(fault('PUT upload', status(502)));
      await pushBlob(target, blob, BYTES, { onBytes: (count) => sent.push(count), signal: subject.signal });
      assert.equal(
        sent.reduce((sum, count) => sum + count),
        BYTES.length,
      );
      assert.ok(registry.store.hasBlob('a/b', DIGEST));
    });
  });

  const broken: readonly (readonly [string, FaultAction, readonly string[]])[] = [
    ['a cut body', { kind: 'cut-request', afterBytes: 100_000 }, ['POST 202', 'PUT 0']],
    ['a lost answer', { kind: 'cut-response' }, ['POST 202', 'PUT 201']],
    [
      'a session that is unknown',
      { kind: 'status', status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
      ['POST 202', 'PUT 404'],
    ],
    [
      'a session that is invalid',
      { kind: 'status', status: 400, code: 'BLOB_UPLOAD_INVALID' },
      ['POST 202', 'PUT 400'],
    ],
    ['a range that does not fit', status(416), ['POST 202', 'PUT 416']],
    ['a server that is not well', status(503), ['POST 202', 'PUT 503']],
    ['a host that asks for peace', status(429, { 'Retry-After': '3' }), ['POST 202', 'PUT 429']],
  ];
  for (const [name, action, first] of broken) {
    test(`begins anew after ${name}, and counts its bytes once`, async () => {
      await withSetting({}, async ({ registry, push }) => {
        registry.faults.add(fault('PUT upload', action));
        assert.equal(await push(BYTES), BYTES.length);
        assert.ok(registry.store.hasBlob('a/b', DIGEST));
        assert.deepEqual(steps(registry), [...first, 'POST 202', 'PUT 201']);
      });
    });
  }

  test('that breaks again and again is given up, and its session too', async () => {
    await withSetting({}, async ({ registry, push }) => {
      registry.faults.add(fault('PUT upload', status(500), 99));
      await assert.rejects(
        push(BYTES),
        new RegExp(`/a/b: cannot push blob ${DIGEST}: 500 Internal Server Error$`),
      );
      assert.equal(registry.counts()['PUT upload'], 5);
      assert.equal(registry.counts()['DELETE upload'], 1);
    });
  });

  test('waits out a host that asks for peace, without counting that as a try', async () => {
    await withSetting({}, async ({ registry, subject, push }) => {
      registry.faults.add(fault('PUT upload', status(429, { 'Retry-After': '3' }), 7));
      await push(BYTES);
      assert.deepEqual(subject.clock.sleeps, Array(7).fill(3000));
    });
  });

  test('waits, too, when it was another request that met the complaint', async () => {
    const met = Promise.withResolvers<void>();
    await withSetting({ sleep: () => met.promise }, async ({ registry, subject, target, push }) => {
      registry.faults.add(fault('POST upload', { kind: 'delay', ms: 1 }));
      const pushing = push(BYTES);
      while (registry.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      target.host.throttle.pause(7000);
      met.resolve();
      await pushing;
      assert.deepEqual(subject.clock.sleeps, [7000]);
    });
  });

  for (const code of [403, 409, 451]) {
    test(`that is refused with ${code} is final, and does not hang on the unread body`, async () => {
      await withSetting({}, async ({ registry, push }) => {
        registry.faults.add(fault('PUT upload', status(code)));
        await assert.rejects(push(noise(2, 4 * MIB)), new RegExp(`cannot push blob \\S+: ${code} `));
        assert.equal(registry.counts()['PUT upload'], 1);
        assert.equal(registry.openUploads, 0, 'the session is given up');
      });
    });
  }

  test('given up while its session is being opened leaves none open', async () => {
    await using registry = await startRegistry({
      faults: [fault('POST upload', { kind: 'delay', ms: 30 })],
    });
    using subject = new TestClient();
    const target = subject.client.target(parseReference(`${registry.host}/a/b`).repository);
    const blob = { digest: digestOf(BYTES), size: BYTES.length };
    const ended = new AbortController();
    const options = { onBytes: (): void => undefined, signal: ended.signal };
    const pushing = assert.rejects(pushBlob(target, blob, BYTES, options), /enough/);
    while (registry.requests.every(({ method }) => method !== 'POST'))
      await new Promise((resolve) => setImmediate(resolve));
    ended.abort(new Error('enough'));
    await pushing;
    assert.deepEqual(registry.counts(), { ...registry.counts(), 'POST upload': 1, 'DELETE upload': 1 });
    assert.equal(registry.openUploads, 0);
  });

  test('survives the end of its token', async () => {
    const users = [{ name: 'ann', password: 'secret' }];
    const auth = { kind: 'token', users } as const;
    await using registry = await startRegistry({ auth });
    using subject = new TestClient({
      credentials: { [registry.host]: [{ kind: 'basic', username: 'ann', password: 'secret' }] },
    });
    const target = subject.client.target(parseReference(`${registry.host}/a/b`).repository);
    let revoked = false;
    const content = async function* content(): AsyncGenerator<Uint8Array> {
      if (!revoked) registry.revokeTokens();
      revoked = true;
      yield BYTES;
    };
    const blob = { digest: DIGEST, size: BYTES.length };
    await pushBlob(target, blob, content, { onBytes: () => undefined, signal: subject.signal });
    assert.ok(registry.store.hasBlob('a/b', DIGEST));
    assert.deepEqual(registry.counts(), { '401': 2, token: 2, 'POST upload': 2, 'PUT upload': 1 });
    assert.deepEqual(subject.clock.sleeps, []);
  });

  test('that its source breaks is not tried again, and leaves nothing', async () => {
    await withSetting({}, async ({ registry, target, subject }) => {
      const content = async function* content(): AsyncGenerator<Uint8Array> {
        yield BYTES.subarray(0, 1000);
        throw new Error('the source ran dry');
      };
      const blob = { digest: DIGEST, size: BYTES.length };
      await assert.rejects(
        pushBlob(target, blob, content, { onBytes: () => undefined, signal: subject.signal }),
        /the source ran dry/,
      );
      assert.ok(!registry.store.hasBlob('a/b', DIGEST));
      assert.equal(registry.openUploads, 0);
    });
  });
});

test('a large upload is read only as fast as it is sent', async () => {
  await withSetting({ features: { discardAboveBytes: MIB } }, async ({ registry, target, subject }) => {
    const size = 64 * MIB;
    const source = generatedSource(5, size);
    const digest: Digest = digestOfSource(source, 'sha256');
    let ahead = 0;
    let most = 0;
    const content = async function* content(): AsyncGenerator<Uint8Array> {
      for (const piece of source.read(0, size)) {
        ahead += piece.length;
        most = Math.max(most, ahead - accepted());
        yield piece;
      }
    };
    let counted = 0;
    const accepted = (): number => counted;
    await pushBlob(target, { digest, size }, content, {
      onBytes: (bytes) => void (counted += bytes),
      signal: subject.signal,
    });
    assert.deepEqual(registry.uploaded, { blobs: 1, bytes: size });
    assert.ok(most <= 2 * MIB, `${most} bytes were held`);
  });
});

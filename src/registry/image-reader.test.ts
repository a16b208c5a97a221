import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { parseReference } from '../oci/index.ts';
import {
  type BuiltImage,
  buildImage,
  buildSchema1,
  type EmbeddedRegistry,
  type FaultAction,
  putImage,
  startRegistry,
} from '../testing/index.ts';
import { RegistryError } from './errors.ts';
import { failureKind } from './failure-kind.ts';
import type { ImageReader } from './image-reader.ts';

const IMAGE = buildImage();
const { digest: DIGEST } = IMAGE.root;
const [CONFIG] = IMAGE.blobs;
assert.ok(CONFIG);
const CONFIG_BLOB = { digest: CONFIG.digest, size: CONFIG.bytes.byteLength };
const TAG = { tag: '1', digest: undefined };
const MISSING = { tag: '2', digest: undefined };

interface Setting {
  readonly registry: EmbeddedRegistry;
  readonly subject: TestClient;
  readonly reader: ImageReader;
  readonly signal: AbortSignal;
}

async function withReader(
  body: (setting: Setting) => Promise<void>,
  image: BuiltImage = IMAGE,
): Promise<void> {
  await using registry = await startRegistry();
  putImage(registry.store, 'team/app', '1', image);
  using subject = new TestClient();
  const reader = subject.client.reader(parseReference(`${registry.host}/team/app:1`));
  await body({ registry, subject, reader, signal: subject.signal });
}

async function kindOfFailure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof RegistryError, String(error));
    return error.kind;
  }
  return 'none';
}

describe('a reader', () => {
  test('reads an image with one request for each thing, and each anew', async () => {
    await withReader(async ({ registry, reader, signal }) => {
      for (let round = 1; round <= 2; round++) {
        const found = await reader.resolve(TAG, signal);
        assert.deepEqual([found?.digest, found?.mediaType], [DIGEST, IMAGE.root.mediaType]);
        assert.deepEqual((await reader.manifest(TAG, signal))?.digest, DIGEST);
        const byDigest = await reader.manifest({ tag: undefined, digest: DIGEST }, signal);
        assert.deepEqual(Buffer.from(byDigest?.bytes ?? []), Buffer.from(IMAGE.root.bytes));
        assert.deepEqual(await reader.blob(CONFIG_BLOB, 1000, signal), Buffer.from(CONFIG.bytes));
        assert.deepEqual(registry.counts(), {
          'HEAD manifest': round,
          'GET manifest': 2 * round,
          'GET blob': round,
        });
      }
    });
  });

  test('says undefined where there is no manifest, and not found where there is no blob', async () => {
    await withReader(async ({ registry, reader, signal }) => {
      assert.equal(await reader.resolve(MISSING, signal), undefined);
      assert.equal(await reader.manifest(MISSING, signal), undefined);
      registry.store.deleteBlob('team/app', CONFIG_BLOB.digest);
      assert.equal(await kindOfFailure(reader.blob(CONFIG_BLOB, 1000, signal)), 'not_found');
    });
  });

  test('tells schema 1 apart', async () => {
    await withReader(
      async ({ reader, signal }) => {
        assert.equal(await kindOfFailure(reader.manifest(TAG, signal)), 'unsupported');
      },
      buildSchema1('team/app', '1'),
    );
  });

  test('reads no blob that is longer than wanted, and none that is not what it is called', async () => {
    await withReader(async ({ registry, reader, signal }) => {
      const limit = CONFIG_BLOB.size - 1;
      assert.equal(await kindOfFailure(reader.blob(CONFIG_BLOB, limit, signal)), 'invalid_response');
      assert.equal(registry.requests.length, 0);
      const shorter = { ...CONFIG_BLOB, size: limit };
      assert.equal(await kindOfFailure(reader.blob(shorter, 1000, signal)), 'invalid_response');
      registry.faults.add({ match: { kind: 'GET blob' }, action: { kind: 'corrupt', at: 3 } });
      assert.equal(await kindOfFailure(reader.blob(CONFIG_BLOB, 1000, signal)), 'invalid_response');
    });
  });

  test('asks the mirrors first, and the next place for a blob that is cut at one', async () => {
    await using primary = await startRegistry();
    await using mirror = await startRegistry();
    for (const { store } of [primary, mirror]) putImage(store, 'team/app', '1', IMAGE);
    using subject = new TestClient({
      registries: [
        {
          prefix: primary.host,
          location: primary.host,
          insecure: false,
          blocked: false,
          mirrors: [{ location: mirror.host, insecure: false, use: 'all' }],
          file: 'registries.conf',
        },
      ],
    });
    const reader = subject.client.reader(parseReference(`${primary.host}/team/app:1`));
    const found = await reader.resolve(TAG, subject.signal);
    assert.equal(found?.origin.host.registry, mirror.host);
    mirror.faults.add({ match: { kind: 'GET blob' }, action: { kind: 'corrupt', at: 3 } });
    assert.deepEqual(await reader.blob(CONFIG_BLOB, 1000, subject.signal), Buffer.from(CONFIG.bytes));
    assert.deepEqual([mirror.counts()['GET blob'], primary.counts()['GET blob']], [1, 1]);
  });

  test('is refused where registries.conf forbids the registry', () => {
    using subject = new TestClient({
      registries: [
        {
          prefix: 'r.example',
          location: 'r.example',
          insecure: false,
          blocked: true,
          mirrors: [],
          file: 'registries.conf',
        },
      ],
    });
    const { client } = subject;
    assert.throws(
      () => client.reader(parseReference('r.example/a:1')),
      (error) => failureKind(error) === 'blocked',
    );
  });
});

describe('what fails is of a kind', () => {
  const cases: readonly (readonly [string, FaultAction, string])[] = [
    ['401', { kind: 'status', status: 401 }, 'unauthorized'],
    ['403', { kind: 'status', status: 403, code: 'DENIED' }, 'forbidden'],
    ['451', { kind: 'status', status: 451 }, 'forbidden'],
    ['404', { kind: 'status', status: 404, code: 'NAME_UNKNOWN' }, 'none'],
    ['410', { kind: 'status', status: 410 }, 'not_found'],
    ['408', { kind: 'status', status: 408 }, 'timeout'],
    ['429', { kind: 'status', status: 429, headers: { 'Retry-After': '3600' } }, 'rate_limited'],
    ['403 TOOMANYREQUESTS', { kind: 'status', status: 403, code: 'TOOMANYREQUESTS' }, 'rate_limited'],
    [
      '503 with Retry-After',
      { kind: 'status', status: 503, headers: { 'Retry-After': '3600' } },
      'rate_limited',
    ],
    ['500', { kind: 'status', status: 500 }, 'unavailable'],
    ['501', { kind: 'status', status: 501 }, 'unavailable'],
    ['418', { kind: 'status', status: 418 }, 'invalid_response'],
    ['cut', { kind: 'cut-request', afterBytes: 0 }, 'unavailable'],
    ['another digest', { kind: 'corrupt', at: 3 }, 'invalid_response'],
    [
      'another type',
      { kind: 'headers', set: { 'Content-Type': 'application/vnd.oci.image.index.v1+json' } },
      'invalid_response',
    ],
    ['nowhere', { kind: 'redirect', to: 'ftp://r.example/' }, 'invalid_response'],
  ];
  for (const [name, action, kind] of cases) {
    test(`${name}: ${kind}`, async () => {
      await withReader(async ({ registry, reader, signal }) => {
        registry.faults.add({ match: {}, action });
        assert.equal(await kindOfFailure(reader.manifest(TAG, signal)), kind);
      });
    });
  }
});

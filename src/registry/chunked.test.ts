import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { digestOf, parseReference } from '../oci/index.ts';
import {
  type EmbeddedRegistry,
  type FaultAction,
  noise,
  type RegistryOptions,
  startRegistry,
} from '../testing/index.ts';
import { RegistryError } from './errors.ts';
import { pushBlob } from './push.ts';

const MIB = 1 << 20;
/** More than two pieces of 16 MiB. */
const BYTES = noise(1, 34 * MIB);
const DIGEST = digestOf(BYTES);

interface Setting {
  readonly registry: EmbeddedRegistry;
  readonly subject: TestClient;
  readonly push: (bytes?: Uint8Array) => Promise<number>;
}

/** A registry that refuses whole blobs with a status, so that clients send pieces. */
async function withSetting(
  refusal: FaultAction,
  options: RegistryOptions,
  body: (setting: Setting) => Promise<void>,
): Promise<void> {
  await using registry = await startRegistry(options);
  registry.faults.add({ match: { kind: 'PUT upload' }, times: 1, action: refusal });
  using subject = new TestClient();
  const target = subject.client.target(parseReference(`${registry.host}/a/b`).repository);
  const push = async (bytes = BYTES): Promise<number> => {
    const content = async function* content(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += MIB) yield bytes.subarray(at, at + MIB);
    };
    let sent = 0;
    await pushBlob(target, { digest: digestOf(bytes), size: bytes.length }, content, {
      onBytes: (count) => void (sent += count),
      signal: subject.signal,
    });
    return sent;
  };
  await body({ registry, subject, push });
}

const TOO_LARGE: FaultAction = { kind: 'status', status: 413 };

/** The requests of the upload in pieces, which comes after the refused one. */
function steps({ requests }: EmbeddedRegistry): string[] {
  return requests.slice(2).map(({ method, status }) => `${method} ${status}`);
}

describe('an upload in pieces', () => {
  for (const status of [405, 411, 413, 501]) {
    test(`follows a refusal of the whole with ${status}`, async () => {
      await withSetting(
        { kind: 'status', status },
        { features: { signedUploadQuery: true } },
        async ({ registry, push }) => {
          assert.equal(await push(noise(2, MIB)), MIB);
          assert.deepEqual(steps(registry), ['POST 202', 'PATCH 202', 'PUT 201']);
          assert.ok(registry.store.hasBlob('a/b', digestOf(noise(2, MIB))));
        },
      );
    });
  }

  test('follows a server that lost the body of the closing request', async () => {
    const action: FaultAction = { kind: 'status', status: 400, code: 'DIGEST_INVALID' };
    await withSetting(action, {}, async ({ registry, push }) => {
      await push(noise(2, MIB));
      assert.deepEqual(steps(registry), ['POST 202', 'PATCH 202', 'PUT 201']);
    });
  });

  test('has pieces of 16 MiB and a rest, none below what the registry wants', async () => {
    await withSetting(
      TOO_LARGE,
      { features: { minChunkBytes: 5 * MIB, location: 'relative' } },
      async ({ registry, push }) => {
        assert.equal(await push(), BYTES.length);
        assert.deepEqual(steps(registry), ['POST 202', 'PATCH 202', 'PATCH 202', 'PATCH 202', 'PUT 201']);
        assert.ok(registry.store.hasBlob('a/b', DIGEST));
      },
    );
  });

  test('has larger pieces where the registry wants them', async () => {
    await withSetting(TOO_LARGE, { features: { minChunkBytes: 20 * MIB } }, async ({ registry, push }) => {
      assert.equal(await push(), BYTES.length);
      assert.deepEqual(steps(registry), ['POST 202', 'PATCH 202', 'PATCH 202', 'PUT 201']);
    });
  });

  test('goes on where a piece broke off, when the registry says where', async () => {
    await withSetting(TOO_LARGE, {}, async ({ registry, push }) => {
      registry.faults.add({
        match: { method: 'PATCH' },
        after: 1,
        times: 1,
        action: { kind: 'cut-request', afterBytes: 3 * MIB },
      });
      assert.equal(await push(), BYTES.length);
      assert.deepEqual(steps(registry), [
        'POST 202',
        'PATCH 202',
        'PATCH 0',
        'GET 204',
        'PATCH 202',
        'PATCH 202',
        'PUT 201',
      ]);
      assert.ok(registry.store.hasBlob('a/b', DIGEST));
    });
  });

  test('sends nothing twice when only the answer was lost', async () => {
    await withSetting(TOO_LARGE, {}, async ({ registry, push }) => {
      registry.faults.add({ match: { method: 'PATCH' }, times: 1, action: { kind: 'cut-response' } });
      assert.equal(await push(noise(2, MIB)), MIB);
      assert.deepEqual(steps(registry), ['POST 202', 'PATCH 202', 'GET 204', 'PUT 201']);
    });
  });

  test('begins anew when the registry does not know any more', async () => {
    await withSetting(TOO_LARGE, {}, async ({ registry, push }) => {
      registry.faults.add(
        { match: { method: 'PATCH' }, times: 1, action: { kind: 'status', status: 503 } },
        { match: { kind: 'GET upload' }, times: 1, action: { kind: 'status', status: 404 } },
      );
      assert.equal(await push(noise(2, MIB)), MIB);
      assert.deepEqual(steps(registry), [
        'POST 202',
        'PATCH 503',
        'GET 404',
        'POST 202',
        'PATCH 202',
        'PUT 201',
      ]);
    });
  });

  test('is given up when a piece is refused for good', async () => {
    await withSetting(TOO_LARGE, {}, async ({ registry, push }) => {
      registry.faults.add({ match: { method: 'PATCH' }, action: TOO_LARGE });
      await assert.rejects(
        push(noise(2, MIB)),
        (error) => error instanceof RegistryError && error.status === 413,
      );
      assert.equal(registry.openUploads, 1, 'of the two sessions the last is given up');
    });
  });
});

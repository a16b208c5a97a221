import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { type Digest, digestOf, parseReference } from '../oci/index.ts';
import {
  digestOfSource,
  type EmbeddedRegistry,
  type FaultAction,
  generatedSource,
  noise,
  type RegistryOptions,
  startRegistry,
} from '../testing/index.ts';
import { readBlob } from './blob-stream.ts';
import type { Origin } from './origin.ts';

const BYTES = noise(1, 300_000);
const DIGEST = digestOf(BYTES);

interface Setting {
  readonly registry: EmbeddedRegistry;
  readonly subject: TestClient;
  readonly origin: Origin;
  readonly read: (blob?: { digest: Digest; size: number }) => Promise<Buffer>;
}

async function withSetting(
  options: RegistryOptions,
  body: (setting: Setting) => Promise<void>,
): Promise<void> {
  await using registry = await startRegistry(options);
  using subject = new TestClient();
  registry.store.putBlob('a', BYTES, DIGEST);
  const origin = subject.client.target(parseReference(`${registry.host}/a`).repository);
  const read = async (blob = { digest: DIGEST, size: BYTES.length }): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for await (const piece of readBlob(origin, blob, subject.signal)) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  await body({ registry, subject, origin, read });
}

function cut(afterBytes: number): FaultAction {
  return { kind: 'cut-response', afterBytes };
}

function steps({ requests }: EmbeddedRegistry): string[] {
  return requests.map(({ kind, status }) => `${kind} ${status}`);
}

describe('a blob', () => {
  test('is one GET', async () => {
    await withSetting({}, async ({ registry, read }) => {
      assert.ok((await read()).equals(BYTES));
      assert.deepEqual(steps(registry), ['GET blob 200']);
    });
  });

  test('of nothing is read and verified, too', async () => {
    await withSetting({}, async ({ registry, read }) => {
      const digest = registry.store.putBlob('a', new Uint8Array());
      assert.equal((await read({ digest, size: 0 })).length, 0);
      await assert.rejects(read({ digest: digestOf('x'), size: 0 }), /the registry does not have it$/);
    });
  });

  test('goes on where the connection was cut, however often while it moves', async () => {
    await withSetting({}, async ({ registry, read }) => {
      registry.faults.add({ match: { kind: 'GET blob' }, times: 7, action: cut(40_000) });
      assert.ok((await read()).equals(BYTES));
      assert.deepEqual(steps(registry), ['GET blob 200', ...Array<string>(7).fill('GET blob 206')]);
    });
  });

  test('starts over where a server does not know ranges', async () => {
    const ranges: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      ranges.push(request.headers.range);
      response.writeHead(200, { 'content-length': String(BYTES.length) });
      if (ranges.length > 1) response.end(BYTES);
      else response.write(BYTES.subarray(0, 100_000), () => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port }: AddressInfo = Object(server.address());
    using subject = new TestClient();
    const origin = subject.client.target(parseReference(`127.0.0.1:${port}/a`).repository);
    const pieces: Buffer[] = [];
    const blob = { digest: DIGEST, size: BYTES.length };
    for await (const piece of readBlob(origin, blob, subject.signal)) pieces.push(piece);
    server.close();
    server.closeAllConnections();
    assert.ok(Buffer.concat(pieces).equals(BYTES));
    assert.match(ranges.map(String).join(' '), /^undefined bytes=\d+-$/);
  });

  test('that is cut at once again and again is an error that says where', async () => {
    await withSetting({}, async ({ registry, read }) => {
      registry.faults.add({ match: { kind: 'GET blob' }, times: 1, action: cut(100_000) });
      registry.faults.add({ match: { kind: 'GET blob' }, action: cut(0) });
      await assert.rejects(read(), {
        name: 'RegistryError',
        message: new RegExp(
          `/a: cannot read blob ${DIGEST}: .*(?:100000 of 300000 bytes|socket hang up|aborted)`,
        ),
      });
    });
  });

  test('of other content is refused, and its end never comes', async () => {
    await withSetting({}, async ({ registry, origin, subject }) => {
      registry.faults.add({ match: { kind: 'GET blob' }, action: { kind: 'corrupt', at: 5 } });
      let length = 0;
      const reading = async (): Promise<void> => {
        const blob = { digest: DIGEST, size: BYTES.length };
        for await (const piece of readBlob(origin, blob, subject.signal)) length += piece.length;
      };
      await assert.rejects(
        reading(),
        new RegExp(`cannot read blob ${DIGEST}: its content has the digest sha256:`),
      );
      assert.ok(length < BYTES.length);
      assert.equal(registry.requests.length, 1, 'the same would come again');
    });
  });

  for (const [name, size] of [
    ['longer', BYTES.length - 1],
    ['shorter', BYTES.length + 1],
  ] as const) {
    test(`that is ${name} than its descriptor says is refused`, async () => {
      await withSetting({}, async ({ registry, read }) => {
        await assert.rejects(
          read({ digest: DIGEST, size }),
          new RegExp(
            `cannot read blob ${DIGEST}: it has 300000 bytes (?:or more )?where its descriptor says ${size}$`,
          ),
        );
        assert.equal(registry.requests.length, 1);
      });
    });
  }

  test('behind a redirect is asked for without our token, and afresh after a cut', async () => {
    const auth = { kind: 'token', users: [], anonymousPull: true } as const;
    await withSetting({ auth, features: { redirectBlobs: true } }, async ({ registry, read }) => {
      registry.faults.add({ match: { kind: 'GET storage' }, times: 1, action: cut(1000) });
      assert.ok((await read()).equals(BYTES));
      assert.deepEqual(
        registry.requests.map(({ kind, authorization, status }) => `${kind} ${authorization} ${status}`),
        [
          'GET blob  401',
          'token  200',
          'GET blob bearer 307',
          'GET storage  200',
          'GET blob bearer 307',
          'GET storage  206',
        ],
      );
    });
  });

  test('of any size is read only as fast as somebody takes it', async () => {
    await withSetting({}, async ({ registry, origin, subject }) => {
      const size = 64 << 20;
      const source = generatedSource(3, size);
      let produced = 0;
      const digest = registry.store.putBlob(
        'a',
        {
          size,
          *read(start, end) {
            for (const piece of source.read(start, end)) {
              produced += piece.length;
              yield piece;
            }
          },
        },
        digestOfSource(source, 'sha256'),
      );
      let taken = 0;
      for await (const piece of readBlob(origin, { digest, size }, subject.signal)) {
        taken += piece.length;
        if (taken > 1 << 20) break;
      }
      // What is between here and there are the buffers of two sockets and of two streams.
      assert.ok(produced < size / 2, `${produced} bytes were produced for ${taken}`);
    });
  });

  test('that nobody wants any more is let go, with the reason', async () => {
    await withSetting({}, async ({ registry, origin }) => {
      const stop = new AbortController();
      const reason = new Error('enough');
      registry.faults.add({ match: { kind: 'GET blob' }, action: { kind: 'hang' } });
      const reading = readBlob(origin, { digest: DIGEST, size: BYTES.length }, stop.signal).next();
      const ended = assert.rejects(reading, (error) => error === reason);
      while (registry.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      stop.abort(reason);
      await ended;
    });
  });
});

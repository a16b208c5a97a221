import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { makeCertificates } from '../../test/support/certificates.ts';
import { TestClient, TestCopy } from '../../test/support/client.ts';
import { requireTool } from '../../test/support/tools.ts';
import { digestOf, MEDIA_TYPE, parseReference } from '../oci/index.ts';
import { buildImage, putImage, startRegistry } from '../testing/index.ts';

const IMAGE = buildImage();
const { digest: DIGEST } = IMAGE.root;
const USERS = [{ name: 'ann', password: 'secret' }];
const ANN = { kind: 'basic', username: 'ann', password: 'secret' } as const;

interface Scripted extends Disposable {
  readonly host: string;
  readonly seen: readonly IncomingMessage[];
}

/** A server that answers as it is told. */
async function scripted(answer: RequestListener): Promise<Scripted> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object(server.address());
  return {
    host: `127.0.0.1:${port}`,
    seen,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function credentials(seen: readonly IncomingMessage[]): (string | undefined)[] {
  return seen.map(({ headers }) => headers.authorization?.split(' ')[0]);
}

describe('redirects', () => {
  test('to another host that wants a token are followed with an anonymous one of its own', async () => {
    await using other = await startRegistry({ auth: { kind: 'token', users: USERS, anonymousPull: true } });
    putImage(other.store, 'kept', '1', IMAGE);
    await using registry = await startRegistry({ auth: { kind: 'token', users: USERS } });
    registry.faults.add({
      match: { kind: 'HEAD manifest' },
      action: { kind: 'redirect', to: `http://${other.host}/v2/kept/manifests/1` },
    });
    using subject = new TestClient({ credentials: { [registry.host]: [ANN] } });
    assert.equal(await subject.digestOf(`${registry.host}/a:1`), DIGEST);
    assert.deepEqual(other.counts(), { '401': 1, token: 1, 'HEAD manifest': 1 });
    assert.deepEqual(
      other.requests.map(({ authorization }) => authorization),
      ['', '', 'bearer'],
    );
    assert.equal(registry.counts()['token'], 1, 'the token of one is not one of the other');
  });

  test('to another host that refuses its own token end with its refusal', async () => {
    await using other = await startRegistry({ auth: { kind: 'token', users: USERS } });
    await using registry = await startRegistry();
    registry.faults.add({
      match: { kind: 'HEAD manifest' },
      action: { kind: 'redirect', to: `http://${other.host}/v2/kept/manifests/1` },
    });
    using subject = new TestClient({ credentials: { [registry.host]: [ANN] } });
    await assert.rejects(subject.digestOf(`${registry.host}/a:1`), /401 Unauthorized/);
    assert.ok(other.requests.every(({ authorization }) => authorization !== 'Basic'));
  });

  test('to another host are followed without our credentials', async () => {
    using other = await scripted((_request, response) => {
      response
        .writeHead(200, { 'docker-content-digest': DIGEST, 'content-type': MEDIA_TYPE.ociManifest })
        .end();
    });
    for (const kind of ['basic', 'token'] as const) {
      await using registry = await startRegistry({ auth: { kind, users: USERS } });
      registry.faults.add({
        match: { kind: 'HEAD manifest' },
        action: { kind: 'redirect', to: `http://${other.host}/elsewhere` },
      });
      using subject = new TestClient({ credentials: { [registry.host]: [ANN] } });
      assert.equal(await subject.digestOf(`${registry.host}/a:1`), DIGEST);
      assert.equal(registry.requests.at(-1)?.authorization, kind === 'basic' ? 'basic' : 'bearer');
    }
    assert.deepEqual(credentials(other.seen), [undefined, undefined]);
  });

  test('on the same host keep them', async () => {
    await using registry = await startRegistry({ auth: { kind: 'basic', users: USERS } });
    putImage(registry.store, 'a', '1', IMAGE);
    registry.faults.add({
      match: { path: /manifests\/old$/ },
      action: { kind: 'redirect', to: '/v2/a/manifests/1', status: 301 },
    });
    using subject = new TestClient({ credentials: { [registry.host]: [ANN] } });
    assert.equal(await subject.digestOf(`${registry.host}/a:old`), DIGEST);
  });

  test('are followed ten times, and no more', async () => {
    for (const [times, ends] of [
      [10, true],
      [11, false],
    ] as const) {
      await using registry = await startRegistry();
      putImage(registry.store, 'a', '1', IMAGE);
      registry.faults.add({ match: {}, times, action: { kind: 'redirect', to: '/v2/a/manifests/1' } });
      using subject = new TestClient();
      const looking = subject.digestOf(`${registry.host}/a:1`);
      if (ends) assert.equal(await looking, DIGEST);
      else await assert.rejects(looking, /cannot look up tag "1": more than 10 redirects$/);
    }
  });

  test('a challenge of another host is not ours to answer', async () => {
    using other = await scripted((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="give me"' }).end();
    });
    await using registry = await startRegistry({ auth: { kind: 'basic', users: USERS } });
    registry.faults.add({ match: {}, action: { kind: 'redirect', to: `http://${other.host}/` } });
    using subject = new TestClient({ credentials: { [registry.host]: [ANN] } });
    await assert.rejects(
      subject.digestOf(`${registry.host}/a:1`),
      new RegExp(`401 Unauthorized: answered by ${other.host}$`),
    );
    assert.deepEqual([...new Set(credentials(other.seen))], [undefined]);
  });
});

test('an upload that goes to another host goes there without our credentials', async () => {
  using storage = await scripted((_request, response) => response.writeHead(201).end());
  await using registry = await startRegistry({ auth: { kind: 'token', users: USERS } });
  registry.faults.add({
    match: { kind: 'POST upload' },
    action: { kind: 'headers', set: { Location: `http://${storage.host}/put?sig=a%2fb` } },
  });
  using subject = new TestClient({ credentials: { [registry.host]: [ANN] } });
  const bytes = Buffer.from('content');
  const reference = parseReference(`${registry.host}/a:1`);
  const manifest = IMAGE.root;
  // The manifest is refused, since the registry has no blobs; only the upload matters here.
  await assert.rejects(
    subject.client.push(reference, manifest, [bytes], subject.signal),
    /MANIFEST_BLOB_UNKNOWN/,
  );
  assert.deepEqual(credentials(storage.seen), [undefined]);
  assert.equal(storage.seen[0]?.url, `/put?sig=a%2fb&digest=${digestOf(bytes)}`);
});

test('a token service of its own, and a realm that is only a path', async () => {
  await using registry = await startRegistry({ auth: { kind: 'token', users: USERS, separateOrigin: true } });
  putImage(registry.store, 'a', '1', IMAGE);
  using subject = new TestClient({ credentials: { [registry.host]: [ANN] } });
  assert.equal(await subject.digestOf(`${registry.host}/a:1`), DIGEST);

  using relative = await scripted((request, response) => {
    if (request.url?.startsWith('/auth/token')) response.end('{"token":"t"}');
    else if (request.headers.authorization === 'Bearer t') {
      response.writeHead(200, { 'docker-content-digest': DIGEST }).end();
    } else {
      const challenges = ['Negotiate', 'Basic realm="x", Bearer realm="/auth/token",service="s"'];
      response.writeHead(401, { 'www-authenticate': challenges }).end();
    }
  });
  assert.equal(await subject.digestOf(`${relative.host}/a:1`), DIGEST);
  assert.equal(relative.seen[1]?.url, '/auth/token?service=s&scope=repository%3Aa%3Apull&client_id=tallyman');
});

describe('schemes', () => {
  test('a registry of this machine that speaks TLS is found out, and stays so', async (t) => {
    const openssl = await requireTool(t, 'openssl');
    if (openssl === undefined) return;
    const { ca, server } = await makeCertificates(openssl);
    await using registry = await startRegistry({ tls: server });
    putImage(registry.store, 'a', '1', IMAGE);
    using subject = new TestClient({ certificates: { [registry.host]: { ca: [ca] } } });
    assert.equal(await subject.digestOf(`${registry.host}/a:1`), DIGEST);
    const tries = subject.events.length;
    assert.equal(await subject.digestOf(`${registry.host}/a:1`), DIGEST);
    assert.equal(subject.events.length, tries + 1);

    using stranger = new TestClient();
    await assert.rejects(stranger.digestOf(`${registry.host}/a:1`), {
      name: 'RegistryError',
      message: new RegExp(
        `^${registry.host}/a: cannot look up tag "1": .*certificate.* \\(if 127\\.0\\.0\\.1 may be trusted, put the certificate of its authority into /etc/containers/certs\\.d/${registry.host}/ca\\.crt\\)$`,
      ),
    });
  });

  test('a reset at the first contact does not take plain HTTP for TLS', async () => {
    await using registry = await startRegistry();
    putImage(registry.store, 'a', '1', IMAGE);
    registry.faults.add({ match: {}, times: 2, action: { kind: 'cut-request', afterBytes: 0 } });
    using subject = new TestClient();
    assert.equal(await subject.digestOf(`${registry.host}/a:1`), DIGEST);
  });

  test('a server that does not speak TLS is told so in plain words', async () => {
    await using registry = await startRegistry();
    using subject = new TestClient();
    // This is 127.0.0.1 in a spelling that is not known to be of this machine.
    const host = registry.host.replace('127.0.0.1', '127.1');
    await assert.rejects(subject.digestOf(`${host}/a:1`), {
      message: `${host}/a: cannot look up tag "1": the server does not speak TLS`,
    });
  });
});

test('what a copy leaves behind when a redirect is refused is nothing', async () => {
  await using source = await startRegistry();
  await using target = await startRegistry();
  putImage(source.store, 'a', '1', IMAGE);
  source.faults.add({ match: { kind: 'GET blob' }, action: { kind: 'redirect', to: 'ftp://x/' } });
  using subject = new TestClient();
  await assert.rejects(
    new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`),
    /cannot read blob sha256:\w+: \S+ sends us to ftp:\/\/x, which is not https$/,
  );
  assert.deepEqual([target.openUploads, target.store.manifests('a').length], [0, 0]);
});

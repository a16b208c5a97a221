import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { Agent as TlsAgent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runOk } from '../../test/support/processes.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { requireTool } from '../../test/support/tools.ts';
import { digestOf, MEDIA_TYPE } from '../oci/index.ts';
import { buildArtifact, buildSchema1 } from './artifacts.ts';
import { generatedSource } from './blob-source.ts';
import { buildImage } from './images.ts';
import { descriptorOf, putImage } from './image-parts.ts';
import { startRegistry } from './registry.ts';

const IMAGE = buildImage();
const MANIFEST = '/v2/a/b/manifests/v1';

test('what is asked is logged and counted, until it is reset', async () => {
  await using registry = await startRegistry();
  putImage(registry.store, 'a/b', 'v1', IMAGE);
  for (const [method, path] of [
    ['GET', '/v2/'],
    ['HEAD', MANIFEST],
    ['HEAD', '/v2/a/b/manifests/v2'],
    ['GET', `${MANIFEST}?x=%2F`],
  ] as const) {
    const answer = await fetch(registry.url + path, { method, headers: { Authorization: 'Basic eA==' } });
    await answer.arrayBuffer();
  }
  assert.deepEqual(registry.counts(), { 'GET ping': 1, 'HEAD manifest': 2, 'GET manifest': 1 });
  assert.deepEqual(
    registry.requests.map(({ method, path, query, status }) => [method, path, query, status]),
    [
      ['GET', '/v2/', '', 200],
      ['HEAD', MANIFEST, '', 200],
      ['HEAD', '/v2/a/b/manifests/v2', '', 404],
      ['GET', MANIFEST, 'x=%2F', 200],
    ],
  );
  assert.deepEqual(registry.requests[0]?.authorization, 'basic');
  assert.equal(registry.maxInFlight, 1);
  registry.reset();
  assert.deepEqual([registry.counts(), registry.requests, registry.connections], [{}, [], 0]);
  assert.equal(registry.store.manifest('a/b', 'v1')?.digest, IMAGE.root.digest);
});

test('a connection serves on after a body that nobody read', async () => {
  await using registry = await startRegistry();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const client = new RawClient(registry.url, { agent });
  const body = new Uint8Array(5_000_000);
  for (let round = 0; round < 3; round++) {
    const headers = { 'Content-Type': MEDIA_TYPE.ociManifest };
    assert.equal((await client.send('PUT', MANIFEST, { body, headers })).status, 413);
  }
  agent.destroy();
  assert.equal(registry.connections, 1);
});

test('requests in flight are counted together', async () => {
  const held = Promise.withResolvers<void>();
  let waiting = 0;
  await using registry = await startRegistry({
    faults: [{ match: {}, times: 3, action: { kind: 'delay', ms: 1 } }],
    sleep: () => {
      waiting++;
      if (waiting === 3) held.resolve();
      return held.promise;
    },
  });
  const client = new RawClient(registry.url);
  await Promise.all([1, 2, 3].map(() => client.send('GET', '/v2/')));
  assert.deepEqual([registry.maxInFlight, registry.connections], [3, 3]);
});

test('HEAD of manifests, digest headers and referrers can be switched off', async () => {
  const features = { headManifest: false, digestHeader: false, referrers: false };
  await using registry = await startRegistry({ features });
  putImage(registry.store, 'a/b', 'v1', IMAGE);
  const client = new RawClient(registry.url);
  assert.equal((await client.send('HEAD', MANIFEST)).status, 405);
  assert.equal((await client.send('GET', MANIFEST)).headers['docker-content-digest'], undefined);
  assert.equal((await client.send('GET', `/v2/a/b/referrers/${IMAGE.root.digest}`)).status, 404);
  const artifact = buildArtifact({ subject: descriptorOf(IMAGE), artifactType: 'text/plain', content: 'x' });
  putImage(registry.store, 'a/b', undefined, artifact);
  const put = await client.send('PUT', '/v2/a/b/manifests/x', {
    body: artifact.root.bytes,
    headers: { 'Content-Type': artifact.root.mediaType },
  });
  assert.deepEqual([put.status, put.headers['oci-subject']], [201, undefined]);
});

test('referrers come in pages', async () => {
  await using registry = await startRegistry({ features: { pageSize: 2 } });
  for (const content of ['a', 'b', 'c']) {
    const artifact = buildArtifact({ subject: descriptorOf(IMAGE), artifactType: 'text/plain', content });
    putImage(registry.store, 'a/b', undefined, artifact);
  }
  const client = new RawClient(registry.url);
  const digests: string[] = [];
  const sizes: number[] = [];
  let next: string | undefined = `/v2/a/b/referrers/${IMAGE.root.digest}?artifactType=text%2Fplain`;
  while (next !== undefined) {
    const { headers, body } = await client.send('GET', next);
    const index: { manifests: { digest: string }[] } = JSON.parse(body.toString());
    digests.push(...index.manifests.map(({ digest }) => digest));
    sizes.push(index.manifests.length);
    next = /^<([^>]+)>; rel="next"$/.exec(String(headers['link']))?.[1];
  }
  assert.deepEqual([sizes, new Set(digests).size], [[2, 1], 3]);
});

test('schema 1 is served from the store and refused at the door', async () => {
  await using registry = await startRegistry();
  const image = buildSchema1('a/b', 'v1');
  putImage(registry.store, 'a/b', 'v1', image);
  const client = new RawClient(registry.url);
  const got = await client.send('GET', MANIFEST);
  assert.equal(got.headers['docker-content-digest'], image.root.digest);
  assert.notEqual(digestOf(got.body), image.root.digest);
  const put = await client.send('PUT', MANIFEST, {
    body: got.body,
    headers: { 'Content-Type': MEDIA_TYPE.schema1Signed },
  });
  assert.deepEqual([put.status, put.codes], [400, ['MANIFEST_INVALID']]);
});

test('blobs can lie on another origin, behind signed URLs that end', async () => {
  let now = 1_700_000_000_000;
  await using registry = await startRegistry({ features: { redirectBlobs: true }, now: () => now });
  const content = Buffer.from('signed and sealed');
  const digest = registry.store.putBlob('a/b', content);
  const client = new RawClient(registry.url);
  const redirect = await client.send('GET', `/v2/a/b/blobs/${digest}`);
  const location = redirect.headers.location ?? '';
  assert.equal(redirect.status, 307);
  assert.notEqual(new URL(location).host, registry.host);
  assert.deepEqual((await client.send('GET', location)).body, content);
  const part = await client.send('GET', location, { headers: { Range: 'bytes=7-9' } });
  assert.deepEqual([part.status, part.body.toString()], [206, 'and']);
  assert.equal((await client.send('GET', location, { headers: { Authorization: 'Bearer x' } })).status, 400);
  assert.equal((await client.send('GET', `${location}0`)).status, 403);
  now += 600_001;
  assert.equal((await client.send('GET', location)).status, 403);
  assert.equal(registry.counts()['GET storage'], 5);
});

test('a blob may be generated', async () => {
  await using registry = await startRegistry();
  const source = generatedSource(1, 3_000_000);
  const digest = registry.store.putBlob('a/b', source);
  const { body } = await new RawClient(registry.url).send('GET', `/v2/a/b/blobs/${digest}`);
  assert.deepEqual([body.length, digestOf(body)], [3_000_000, digest]);
});

test('speaks TLS with the certificate it is given', async (t) => {
  const openssl = await requireTool(t, 'openssl');
  if (openssl === undefined) return;
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-tls-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = '-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1';
  const kind = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2';
  await runOk(openssl, [...`${kind} ${subject}`.split(' '), '-keyout', key, '-out', cert]);
  const tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  await using registry = await startRegistry({ tls });
  const agent = new TlsAgent({ ca: tls.cert });
  const begun = await new Promise<string>((resolve, reject) => {
    request(`${registry.url}/v2/a/blobs/uploads/`, { method: 'POST', agent }, (response) => {
      response.resume();
      resolve(response.headers.location ?? '');
    })
      .on('error', reject)
      .end();
  });
  assert.ok(begun.startsWith(`https://${registry.host}/v2/a/blobs/uploads/`), begun);
});

test('listens on the loopback name it is given', async () => {
  for (const hostname of ['127.0.0.1', 'localhost']) {
    await using registry = await startRegistry({ hostname });
    assert.match(registry.host, new RegExp(`^${hostname}:\\d+$`));
    assert.equal(registry.url, `http://${registry.host}`);
    assert.equal((await new RawClient(registry.url).send('GET', '/v2/')).status, 200);
  }
});

test('after a stop nobody listens, and a second stop does nothing', async () => {
  const registry = await startRegistry();
  const client = new RawClient(registry.url);
  await registry.stop();
  await registry.stop();
  await assert.rejects(client.send('GET', '/v2/'), { code: 'ECONNREFUSED' });
  assert.throws(() => registry.host, { message: 'the registry is not started' });
});

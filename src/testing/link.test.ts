import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { RawClient } from '../../test/support/raw-client.ts';
import { digestOf } from '../oci/index.ts';
import { buildImage } from './images.ts';
import { putImage } from './image-parts.ts';
import { startLink } from './link.ts';
import { noise } from './noise.ts';
import { startRegistry } from './registry.ts';

const instantly = (): Promise<void> => Promise.resolve();

test('each connection and each request wait one round trip', async () => {
  await using registry = await startRegistry();
  const waits: number[] = [];
  await using link = await startLink({
    upstream: registry.host,
    roundTripMs: 80,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const reusing = new RawClient(`http://${link.host}`, { agent });
  for (let request = 0; request < 3; request++) await reusing.send('GET', '/v2/');
  agent.destroy();
  assert.deepEqual([link.connections, waits], [1, [80, 80, 80, 80]]);
  await new RawClient(`http://${link.host}`).send('GET', '/v2/');
  assert.deepEqual([link.connections, waits.length], [2, 6]);
  assert.deepEqual(link.counts(), { 'GET ping': 4 });
  link.reset();
  assert.deepEqual([link.connections, link.counts(), link.requests], [0, {}, []]);
});

test('answers and bodies pass unchanged, both ways', async () => {
  await using registry = await startRegistry();
  await using link = await startLink({ upstream: registry.host, roundTripMs: 1, sleep: instantly });
  putImage(registry.store, 'a/b', 'v1', buildImage());
  const far = new RawClient(`http://${link.host}`);
  const near = new RawClient(registry.url);
  for (const [method, path] of [
    ['GET', '/v2/a/b/manifests/v1'],
    ['HEAD', '/v2/a/b/manifests/v1'],
    ['GET', '/v2/a/b/manifests/v2'],
    ['GET', '/v2/a/b/tags/list'],
  ] as const) {
    const [passed, direct] = [await far.send(method, path), await near.send(method, path)];
    assert.deepEqual(
      [passed.status, passed.body, { ...passed.headers, date: '' }],
      [direct.status, direct.body, { ...direct.headers, date: '' }],
    );
  }
  const content = Buffer.from(noise(5, 3_000_000));
  const begun = await far.send('POST', '/v2/a/b/blobs/uploads/', { body: '' });
  assert.ok(begun.headers.location?.startsWith(`http://${link.host}/`), 'uploads go on over the link');
  const put = await far.send('PUT', `${begun.headers.location}&digest=${digestOf(content)}`, {
    body: content,
  });
  assert.equal(put.status, 201);
  const got = await far.send('GET', `/v2/a/b/blobs/${digestOf(content)}`);
  assert.deepEqual(got.body, content);
});

test('a registry without tokens gets some', async () => {
  await using registry = await startRegistry();
  await using link = await startLink({
    upstream: registry.host,
    roundTripMs: 1,
    token: true,
    sleep: instantly,
  });
  const client = new RawClient(`http://${link.host}`);
  const asked = await client.send('POST', '/v2/a/b/blobs/uploads/', { body: '' });
  assert.equal(asked.status, 401);
  assert.equal(
    asked.headers['www-authenticate'],
    `Bearer realm="http://${link.host}/token",service="link",scope="repository:a/b:pull,push"`,
  );
  const answer: Record<string, unknown> = JSON.parse((await client.send('GET', '/token')).body.toString());
  const headers = { Authorization: `Bearer ${String(answer['token'])}` };
  assert.equal((await client.send('POST', '/v2/a/b/blobs/uploads/', { body: '', headers })).status, 202);
  assert.deepEqual(link.counts(), { '401': 1, token: 1, 'POST upload': 1 });
  assert.deepEqual(
    registry.requests.map(({ kind, authorization }) => [kind, authorization]),
    [['POST upload', '']],
  );
});

test('a cut on either side is a cut on the other', async () => {
  await using registry = await startRegistry({
    faults: [{ match: {}, times: 1, action: { kind: 'cut-response', afterBytes: 100 } }],
  });
  await using link = await startLink({ upstream: registry.host, roundTripMs: 1, sleep: instantly });
  const digest = registry.store.putBlob('a/b', noise(1, 5000));
  const client = new RawClient(`http://${link.host}`);
  await assert.rejects(client.send('GET', `/v2/a/b/blobs/${digest}`), { code: 'ECONNRESET' });
  assert.equal((await client.send('GET', `/v2/a/b/blobs/${digest}`)).status, 200);
  await registry.stop();
  await assert.rejects(client.send('GET', '/v2/'), { code: 'ECONNRESET' });
});

test('requests in flight are counted together', async () => {
  await using registry = await startRegistry();
  const handshakes = Promise.withResolvers<void>();
  const requests = Promise.withResolvers<void>();
  let waiting = 0;
  await using link = await startLink({
    upstream: registry.host,
    roundTripMs: 1,
    sleep: () => {
      waiting++;
      if (waiting === 2) handshakes.resolve();
      if (waiting === 4) requests.resolve();
      return waiting <= 2 ? handshakes.promise : requests.promise;
    },
  });
  const client = new RawClient(`http://${link.host}`);
  await Promise.all([client.send('GET', '/v2/'), client.send('GET', '/v2/')]);
  assert.equal(link.maxInFlight, 2);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient } from '../../test/support/raw-client.ts';
import { digestOf } from '../oci/index.ts';
import type { FaultAction } from './faults.ts';
import { noise } from './noise.ts';
import { type EmbeddedRegistry, startRegistry } from './registry.ts';

const CONTENT = Buffer.from(noise(1, 100_000));
const PATH = `/v2/a/b/blobs/${digestOf(CONTENT)}`;

async function registryWith(...actions: FaultAction[]): Promise<EmbeddedRegistry> {
  const registry = await startRegistry({
    faults: actions.map((action) => ({ match: { kind: 'GET blob' }, times: 1, action })),
  });
  registry.store.putBlob('a/b', CONTENT);
  return registry;
}

/** The fault shows in one request and is gone in the next. */
async function assertHealed(client: RawClient): Promise<void> {
  const again = await client.send('GET', PATH);
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, CONTENT);
}

test('delay: the answer waits', async () => {
  const waits: number[] = [];
  await using registry = await startRegistry({
    faults: [{ match: {}, action: { kind: 'delay', ms: 1234 } }],
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  assert.equal((await new RawClient(registry.url).send('GET', '/v2/')).status, 200);
  assert.deepEqual(waits, [1234]);
});

test('status: with headers, and an error body when it has a code', async () => {
  const limit = { kind: 'status', status: 429, headers: { 'Retry-After': '7' } } as const;
  await using registry = await registryWith(
    { ...limit, code: 'TOOMANYREQUESTS', message: 'slow down' },
    limit,
  );
  const client = new RawClient(registry.url);
  const first = await client.send('GET', PATH);
  assert.deepEqual(
    [first.status, first.headers['retry-after'], first.codes],
    [429, '7', ['TOOMANYREQUESTS']],
  );
  const second = await client.send('GET', PATH);
  assert.deepEqual([second.status, second.headers['retry-after'], second.body.length], [429, '7', 0]);
  await assertHealed(client);
});

test('redirect: to anywhere', async () => {
  await using registry = await registryWith({ kind: 'redirect', to: 'http://127.0.0.1:1/x?sig=%2f' });
  const client = new RawClient(registry.url);
  const answer = await client.send('GET', PATH);
  assert.deepEqual([answer.status, answer.headers.location], [307, 'http://127.0.0.1:1/x?sig=%2f']);
  await assertHealed(client);
});

test('hang: until the client gives up', async () => {
  await using registry = await registryWith({ kind: 'hang' });
  const client = new RawClient(registry.url);
  const stop = new AbortController();
  const hanging = client.send('GET', PATH, { signal: stop.signal });
  while (registry.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await assert.rejects(hanging, { name: 'AbortError' });
  await assertHealed(client);
});

test('cut-response: before the status line, after the headers, in the body', async () => {
  await using registry = await registryWith(
    { kind: 'cut-response' },
    { kind: 'cut-response', afterBytes: 0 },
    { kind: 'cut-response', afterBytes: 70_000 },
  );
  const client = new RawClient(registry.url);
  for (let cut = 0; cut < 3; cut++) await assert.rejects(client.send('GET', PATH), { code: 'ECONNRESET' });
  await assertHealed(client);
});

test('cut-response: the bytes before the cut arrive', async () => {
  await using registry = await registryWith({ kind: 'cut-response', afterBytes: 70_000 });
  const response = await fetch(`${registry.url}${PATH}`);
  let size = 0;
  await assert.rejects(async () => {
    for await (const piece of response.body ?? []) size += piece.length;
  });
  assert.equal(size, 70_000);
});

test('cut-request: the session keeps what came before', async () => {
  await using registry = await startRegistry({
    faults: [
      { match: { kind: 'PATCH upload' }, times: 1, action: { kind: 'cut-request', afterBytes: 60_000 } },
    ],
  });
  const client = new RawClient(registry.url);
  const begun = await client.send('POST', '/v2/a/b/blobs/uploads/', { body: '' });
  const location = begun.headers.location ?? '';
  await assert.rejects(client.send('PATCH', location, { body: CONTENT }));
  const status = await client.send('GET', location);
  assert.deepEqual([status.status, status.headers['range']], [204, '0-59999']);
  const put = await client.send('PUT', `${location}&digest=${digestOf(CONTENT)}`, {
    body: CONTENT.subarray(60_000),
  });
  assert.equal(put.status, 201);
  await assertHealed(client);
});

test('cut-request: after no bytes nothing is done', async () => {
  await using registry = await registryWith({ kind: 'cut-request', afterBytes: 0 });
  const client = new RawClient(registry.url);
  await assert.rejects(client.send('GET', PATH), { code: 'ECONNRESET' });
  assert.deepEqual(
    registry.requests.map(({ status }) => status),
    [0],
  );
  await assertHealed(client);
});

test('headers: changed and taken away', async () => {
  await using registry = await registryWith({
    kind: 'headers',
    set: { 'docker-content-digest': 'sha256:wrong', ETag: undefined, 'X-New': 'yes' },
  });
  const client = new RawClient(registry.url);
  const { headers } = await client.send('GET', PATH);
  assert.deepEqual(
    [headers['docker-content-digest'], headers.etag, headers['x-new']],
    ['sha256:wrong', undefined, 'yes'],
  );
  await assertHealed(client);
});

test('corrupt: one bit of one byte', async () => {
  await using registry = await registryWith({ kind: 'corrupt', at: 99_999 }, { kind: 'corrupt', at: 5 });
  const client = new RawClient(registry.url);
  const { body, status } = await client.send('GET', PATH);
  assert.equal(status, 200);
  const odd = [...body.entries()].filter(([index, byte]) => byte !== CONTENT[index]).map(([index]) => index);
  assert.deepEqual(odd, [5, 99_999]);
  await assertHealed(client);
});

test('no-length: the body comes in chunks', async () => {
  await using registry = await registryWith({ kind: 'no-length' });
  const client = new RawClient(registry.url);
  const { headers, body } = await client.send('GET', PATH);
  assert.deepEqual([headers['content-length'], headers['transfer-encoding']], [undefined, 'chunked']);
  assert.deepEqual(body, CONTENT);
  await assertHealed(client);
});

test('a request that is not let in uses up no fault', async () => {
  await using registry = await startRegistry({
    auth: { kind: 'basic', users: [{ name: 'a', password: 'b' }] },
    faults: [{ match: {}, times: 1, action: { kind: 'status', status: 503 } }],
  });
  const client = new RawClient(registry.url);
  const known = { headers: { Authorization: `Basic ${Buffer.from('a:b').toString('base64')}` } };
  const statuses = [
    await client.send('GET', '/v2/'),
    await client.send('GET', '/v2/', known),
    await client.send('GET', '/v2/', known),
  ].map(({ status }) => status);
  assert.deepEqual(statuses, [401, 503, 200]);
});

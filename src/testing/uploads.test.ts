import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient } from '../../test/support/raw-client.ts';
import { digestOf } from '../oci/index.ts';
import type { Features } from './features.ts';
import { noise } from './noise.ts';
import { type EmbeddedRegistry, startRegistry } from './registry.ts';

const CONTENT = Buffer.from(noise(3, 5000));
const DIGEST = digestOf(CONTENT);
const UPLOADS = '/v2/a/b/blobs/uploads/';

async function started(
  features: Partial<Features>,
): Promise<{ registry: EmbeddedRegistry; client: RawClient }> {
  const registry = await startRegistry({ features });
  return { registry, client: new RawClient(registry.url) };
}

async function begin(client: RawClient): Promise<string> {
  return (await client.send('POST', UPLOADS, { body: '' })).headers.location ?? '';
}

test('chunks below the announced minimum are refused before the last', async () => {
  const { registry, client } = await started({ minChunkBytes: 2000 });
  await using _ = registry;
  const begun = await client.send('POST', UPLOADS, { body: '' });
  assert.equal(begun.headers['oci-chunk-min-length'], '2000');
  const location = begun.headers.location ?? '';
  const patch = async (start: number, end: number): Promise<number> => {
    const headers = { 'Content-Range': `${start}-${end - 1}` };
    return (await client.send('PATCH', location, { body: CONTENT.subarray(start, end), headers })).status;
  };
  assert.equal(await patch(0, 2000), 202);
  assert.equal(await patch(2000, 3000), 202);
  assert.equal(await patch(3000, 5000), 400);
});

test('a Content-Range that is not the Content-Length is refused', async () => {
  const { registry, client } = await started({});
  await using _ = registry;
  const headers = { 'Content-Range': '0-999' };
  const answer = await client.send('PATCH', await begin(client), { body: CONTENT, headers });
  assert.deepEqual([answer.status, answer.codes], [400, ['SIZE_INVALID']]);
});

test('a signed upload URL must keep every byte of its query', async () => {
  const { registry, client } = await started({ signedUploadQuery: true });
  await using _ = registry;
  const location = await begin(client);
  const rewritten = new URL(location);
  rewritten.searchParams.set('digest', DIGEST);
  const refused = await client.send('PUT', rewritten.href, { body: CONTENT });
  assert.deepEqual([refused.status, refused.codes], [400, ['BLOB_UPLOAD_INVALID']]);
  assert.equal((await client.send('PUT', `${location}&digest=${DIGEST}`, { body: CONTENT })).status, 201);
});

test('an upload URL without its state is refused, one written anew is not', async () => {
  const { registry, client } = await started({});
  await using _ = registry;
  const location = new URL(await begin(client));
  assert.equal((await client.send('GET', location.pathname)).status, 400);
  location.searchParams.sort();
  assert.equal((await client.send('GET', location.href)).status, 204);
});

test('locations are paths where the registry does so', async () => {
  const { registry, client } = await started({ location: 'relative' });
  await using _ = registry;
  const location = await begin(client);
  assert.match(location, /^\/v2\/a\/b\/blobs\/uploads\//);
  const put = await client.send('PUT', `${location}&digest=${DIGEST}`, { body: CONTENT });
  assert.deepEqual([put.status, put.headers.location], [201, `/v2/a/b/blobs/${DIGEST}`]);
});

test('mounts and single posts begin a session where they are switched off', async () => {
  const { registry, client } = await started({ mount: false, anonymousMount: false, singlePost: false });
  await using _ = registry;
  registry.store.putBlob('source', CONTENT);
  for (const query of [`mount=${DIGEST}&from=source`, `mount=${DIGEST}`, `digest=${DIGEST}`]) {
    assert.equal((await client.send('POST', `${UPLOADS}?${query}`, { body: '' })).status, 202, query);
  }
  assert.equal(registry.openUploads, 3);
  assert.deepEqual(registry.counts(), { mount: 2, 'POST upload': 1 });
});

test('blobs above a size are hashed, counted and not kept', async () => {
  const { registry, client } = await started({ discardAboveBytes: 4999 });
  await using _ = registry;
  const refused = await client.send('PUT', `${await begin(client)}&digest=${digestOf('')}`, {
    body: CONTENT,
  });
  assert.equal(refused.status, 400);
  const put = await client.send('PUT', `${await begin(client)}&digest=${DIGEST}`, { body: CONTENT });
  assert.equal(put.status, 201);
  assert.deepEqual(registry.uploaded, { blobs: 1, bytes: 5000 });
  const path = `/v2/a/b/blobs/${DIGEST}`;
  const head = await client.send('HEAD', path);
  assert.deepEqual([head.status, head.headers['content-length']], [200, '5000']);
  await assert.rejects(client.send('GET', path), { code: 'ECONNRESET' });
  const small = CONTENT.subarray(0, 10);
  await client.send('PUT', `${await begin(client)}&digest=${digestOf(small)}`, { body: small });
  assert.deepEqual((await client.send('GET', `/v2/a/b/blobs/${digestOf(small)}`)).body, small);
});

test('a session belongs to its repository', async () => {
  const { registry, client } = await started({});
  await using _ = registry;
  const other = (await begin(client)).replace('/a/b/', '/a/c/');
  const answer = await client.send('GET', other);
  assert.deepEqual([answer.status, answer.codes], [404, ['BLOB_UPLOAD_UNKNOWN']]);
});

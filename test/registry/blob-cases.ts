import assert from 'node:assert/strict';
import { digestOf } from '../../src/oci/index.ts';
import { noise } from '../../src/testing/index.ts';
import {
  assertRefused,
  beginUpload,
  locationOf,
  OCTETS,
  type ProtocolCase,
  pushBlob,
  withDigest,
} from './protocol.ts';

const CONTENT = noise(7, 5000);
const ABSENT = digestOf('what nobody pushed');

/** Blobs: pull, push in every way, mount, delete. */
export const BLOB_CASES: readonly ProtocolCase[] = [
  {
    name: 'blob: POST and PUT, then GET and HEAD',
    async run(context) {
      const { client, repository } = context;
      const digest = await pushBlob(context, CONTENT);
      const path = `/v2/${repository}/blobs/${digest}`;
      const got = await client.send('GET', path);
      assert.equal(got.status, 200);
      assert.deepEqual(got.body, Buffer.from(CONTENT));
      const head = await client.send('HEAD', path);
      assert.equal(head.status, 200);
      assert.equal(head.body.length, 0);
      for (const { headers } of [got, head]) {
        assert.equal(headers['content-length'], '5000');
        assert.equal(headers['content-type'], OCTETS);
        assert.equal(headers['docker-content-digest'], digest);
      }
    },
  },
  {
    name: 'blob: the answer to the PUT names it',
    async run(context) {
      const digest = digestOf(CONTENT);
      const put = await context.client.send('PUT', withDigest(await beginUpload(context), digest), {
        body: CONTENT,
      });
      assert.equal(put.status, 201);
      assert.equal(put.headers['docker-content-digest'], digest);
      const got = await context.client.send('GET', locationOf(put));
      assert.deepEqual(got.body, Buffer.from(CONTENT));
    },
  },
  {
    name: 'blob: of no bytes',
    async run(context) {
      const digest = await pushBlob(context, new Uint8Array());
      const got = await context.client.send('GET', `/v2/${context.repository}/blobs/${digest}`);
      assert.deepEqual([got.status, got.body.length], [200, 0]);
    },
  },
  {
    name: 'blob: unknown is BLOB_UNKNOWN, and HEAD says so without a body',
    async run(context) {
      const { client, repository } = context;
      await pushBlob(context, CONTENT);
      assertRefused(await client.send('GET', `/v2/${repository}/blobs/${ABSENT}`), [404], 'BLOB_UNKNOWN');
      const head = await client.send('HEAD', `/v2/${repository}/blobs/${ABSENT}`);
      assert.deepEqual([head.status, head.body.length], [404, 0]);
    },
  },
  {
    name: 'blob: one repository does not show it to another',
    async run(context) {
      const digest = await pushBlob(context, noise(8, 100));
      const other = `/v2/${context.repository}/other/blobs/${digest}`;
      assertRefused(await context.client.send('GET', other), [404], 'BLOB_UNKNOWN');
    },
  },
  {
    name: 'blob: a digest that is none',
    async run({ client, repository }) {
      const answer = await client.send('GET', `/v2/${repository}/blobs/sha256:abc`);
      assert.ok([400, 404].includes(answer.status), String(answer.status));
    },
  },
  {
    name: 'ranges: the middle, the rest, the last bytes',
    async run(context) {
      const { client, repository } = context;
      const path = `/v2/${repository}/blobs/${await pushBlob(context, CONTENT)}`;
      for (const [range, start, end] of [
        ['bytes=0-0', 0, 1],
        ['bytes=1000-1999', 1000, 2000],
        ['bytes=4000-', 4000, 5000],
        ['bytes=4990-9999', 4990, 5000],
        ['bytes=-10', 4990, 5000],
      ] as const) {
        const part = await client.send('GET', path, { headers: { Range: range } });
        assert.equal(part.status, 206, range);
        assert.equal(part.headers['content-range'], `bytes ${start}-${end - 1}/5000`);
        assert.equal(part.headers['content-length'], String(end - start));
        assert.deepEqual(part.body, Buffer.from(CONTENT.subarray(start, end)));
      }
    },
  },
  {
    name: 'ranges: beyond the end',
    async run(context) {
      const path = `/v2/${context.repository}/blobs/${await pushBlob(context, CONTENT)}`;
      const beyond = await context.client.send('GET', path, { headers: { Range: 'bytes=5000-' } });
      assert.equal(beyond.status, 416);
      assert.equal(beyond.headers['content-range'], 'bytes */5000');
    },
  },
  {
    name: 'upload: in chunks, the last in the closing PUT',
    async run(context) {
      const { client, repository } = context;
      let location = await beginUpload(context);
      for (const [start, end] of [
        [0, 2000],
        [2000, 4000],
      ] as const) {
        const patched = await client.send('PATCH', location, {
          body: CONTENT.subarray(start, end),
          headers: { 'Content-Type': OCTETS, 'Content-Range': `${start}-${end - 1}` },
        });
        assert.equal(patched.status, 202, patched.body.toString());
        assert.equal(patched.headers['range'], `0-${end - 1}`);
        location = locationOf(patched);
      }
      const status = await client.send('GET', location);
      assert.equal(status.status, 204);
      assert.equal(status.headers['range'], '0-3999');
      const digest = digestOf(CONTENT);
      const put = await client.send('PUT', withDigest(locationOf(status), digest), {
        body: CONTENT.subarray(4000),
        headers: { 'Content-Type': OCTETS, 'Content-Range': '4000-4999' },
      });
      assert.equal(put.status, 201, put.body.toString());
      assert.deepEqual(
        (await client.send('GET', `/v2/${repository}/blobs/${digest}`)).body,
        Buffer.from(CONTENT),
      );
    },
  },
  {
    name: 'upload: one PATCH of unknown length and a PUT without body, as docker does',
    async run(context) {
      const { client, repository } = context;
      const patched = await client.send('PATCH', await beginUpload(context), {
        body: [CONTENT.subarray(0, 1), CONTENT.subarray(1)],
        headers: { 'Content-Type': OCTETS },
      });
      assert.equal(patched.status, 202, patched.body.toString());
      const digest = digestOf(CONTENT);
      const put = await client.send('PUT', withDigest(locationOf(patched), digest), { body: '' });
      assert.equal(put.status, 201, put.body.toString());
      assert.equal((await client.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status, 200);
    },
  },
  {
    name: 'upload: a chunk that leaves a gap is refused, and the session goes on',
    async run(context) {
      const { client } = context;
      const location = await beginUpload(context);
      const gap = await client.send('PATCH', location, {
        body: CONTENT.subarray(1000, 2000),
        headers: { 'Content-Type': OCTETS, 'Content-Range': '1000-1999' },
      });
      assert.equal(gap.status, 416);
      const status = await client.send('GET', location);
      assert.equal(status.status, 204);
      const digest = digestOf(CONTENT);
      const put = await client.send('PUT', withDigest(locationOf(status), digest), { body: CONTENT });
      assert.equal(put.status, 201, put.body.toString());
    },
  },
  {
    name: 'upload: all in one POST',
    async run({ client, repository }) {
      const digest = digestOf(CONTENT);
      const post = await client.send('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
        body: CONTENT,
        headers: { 'Content-Type': OCTETS },
      });
      assert.equal(post.status, 201);
      assert.equal((await client.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status, 200);
    },
  },
  {
    name: 'upload: bytes that are not what the digest says',
    async run(context) {
      const { client, repository } = context;
      const put = await client.send('PUT', withDigest(await beginUpload(context), ABSENT), { body: CONTENT });
      assertRefused(put, [400], 'DIGEST_INVALID');
      assert.equal((await client.send('HEAD', `/v2/${repository}/blobs/${ABSENT}`)).status, 404);
    },
  },
  {
    name: 'upload: a PUT without a digest',
    async run(context) {
      const put = await context.client.send('PUT', await beginUpload(context), { body: CONTENT });
      assertRefused(put, [400], 'DIGEST_INVALID');
    },
  },
  {
    name: 'upload: a session given up is gone',
    async run(context) {
      const { client } = context;
      const location = await beginUpload(context);
      assert.equal((await client.send('DELETE', location)).status, 204);
      assertRefused(await client.send('GET', location), [404], 'BLOB_UPLOAD_UNKNOWN');
      assertRefused(await client.send('PATCH', location, { body: CONTENT }), [404], 'BLOB_UPLOAD_UNKNOWN');
    },
  },
  {
    name: 'upload: a sha512 digest',
    async run(context) {
      const { client, repository } = context;
      const digest = digestOf(CONTENT, 'sha512');
      const put = await client.send('PUT', withDigest(await beginUpload(context), digest), { body: CONTENT });
      assert.equal(put.status, 201, put.body.toString());
      assert.equal((await client.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status, 200);
    },
  },
  {
    name: 'mount: from a repository that has the blob',
    async run(context) {
      const { client, repository } = context;
      const digest = await pushBlob(context, CONTENT);
      const mount = await client.send(
        'POST',
        `/v2/${repository}/target/blobs/uploads/?mount=${digest}&from=${repository}`,
        { body: '' },
      );
      assert.equal(mount.status, 201, mount.body.toString());
      assert.equal(mount.headers['docker-content-digest'], digest);
      assert.deepEqual((await client.send('GET', locationOf(mount))).body, Buffer.from(CONTENT));
    },
  },
  {
    name: 'mount: from one that has not begins a session, which takes the blob',
    async run({ client, repository }) {
      const content = noise(9, 300);
      const digest = digestOf(content);
      const mount = await client.send(
        'POST',
        `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${repository}/empty`,
        { body: '' },
      );
      assert.equal(mount.status, 202, mount.body.toString());
      const put = await client.send('PUT', withDigest(locationOf(mount), digest), { body: content });
      assert.equal(put.status, 201, put.body.toString());
    },
  },
  {
    name: 'mount: without a repository to take it from',
    async run(context) {
      const digest = await pushBlob(context, CONTENT);
      const mount = await context.client.send(
        'POST',
        `/v2/${context.repository}/target/blobs/uploads/?mount=${digest}`,
        { body: '' },
      );
      assert.equal(mount.status, 201);
    },
  },
  {
    name: 'delete: a blob is gone, a second time it is unknown',
    async run(context) {
      const { client, repository } = context;
      const path = `/v2/${repository}/blobs/${await pushBlob(context, CONTENT)}`;
      assert.equal((await client.send('DELETE', path)).status, 202);
      assert.equal((await client.send('GET', path)).status, 404);
      assertRefused(await client.send('DELETE', path), [404], 'BLOB_UNKNOWN');
    },
  },
];

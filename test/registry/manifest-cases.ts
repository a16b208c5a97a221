import assert from 'node:assert/strict';
import { digestOf, MEDIA_TYPE } from '../../src/oci/index.ts';
import { buildArtifact, buildImage, buildIndex, descriptorOf } from '../../src/testing/index.ts';
import { ACCEPT, assertRefused, type ProtocolCase, pushBlob, pushImage, putManifest } from './protocol.ts';

const IMAGE = buildImage({ labels: { case: 'manifest' } });
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
];
const INDEX = buildImage({ platforms: PLATFORMS });
const DOCKER_LIST = buildImage({ platforms: PLATFORMS, format: 'docker' });

/** Manifests: pull, push, references checked, delete. */
export const MANIFEST_CASES: readonly ProtocolCase[] = [
  ...[
    { what: 'an OCI image', image: IMAGE },
    { what: 'an OCI index', image: INDEX },
    { what: 'an index with attestations', image: buildImage({ platforms: PLATFORMS, attestations: true }) },
    { what: 'a nested index', image: buildIndex([{ image: INDEX }, { image: IMAGE }]) },
    { what: 'a Docker image', image: buildImage({ format: 'docker' }) },
    { what: 'a Docker list', image: DOCKER_LIST },
    {
      what: 'an image with a foreign layer',
      image: buildImage({
        format: 'docker',
        layers: [{ foreign: ['https://example.com/layer'], seed: 1, size: 10 }],
      }),
    },
  ].map(
    ({ what, image }) =>
      ({
        name: `manifest: ${what} comes back byte for byte, by tag and by digest`,
        async run(context): Promise<void> {
          const { client, repository } = context;
          const put = await pushImage(context, 'v1', image);
          assert.equal(put.headers['docker-content-digest'], image.root.digest);
          for (const reference of ['v1', image.root.digest]) {
            const path = `/v2/${repository}/manifests/${reference}`;
            const got = await client.send('GET', path, { headers: ACCEPT });
            const head = await client.send('HEAD', path, { headers: ACCEPT });
            assert.deepEqual(got.body, Buffer.from(image.root.bytes));
            assert.equal(head.body.length, 0);
            for (const { status, headers } of [got, head]) {
              assert.equal(status, 200);
              assert.equal(headers['content-type'], image.root.mediaType);
              assert.equal(headers['docker-content-digest'], image.root.digest);
              assert.equal(headers['content-length'], String(image.root.bytes.length));
            }
          }
        },
      }) satisfies ProtocolCase,
  ),
  {
    name: 'manifest: unknown is MANIFEST_UNKNOWN, and HEAD says so without a body',
    async run(context) {
      const { client, repository } = context;
      await pushImage(context, 'v1', IMAGE);
      for (const reference of ['v2', digestOf('nothing')]) {
        const path = `/v2/${repository}/manifests/${reference}`;
        assertRefused(await client.send('GET', path, { headers: ACCEPT }), [404], 'MANIFEST_UNKNOWN');
        const head = await client.send('HEAD', path, { headers: ACCEPT });
        assert.deepEqual([head.status, head.body.length], [404, 0]);
      }
    },
  },
  {
    name: 'manifest: a tag moves, the old digest stays',
    async run(context) {
      const { client, repository } = context;
      const second = buildImage({ labels: { case: 'second' } });
      await pushImage(context, 'v1', IMAGE);
      await pushImage(context, 'v1', second);
      const head = await client.send('HEAD', `/v2/${repository}/manifests/v1`, { headers: ACCEPT });
      assert.equal(head.headers['docker-content-digest'], second.root.digest);
      const old = await client.send('HEAD', `/v2/${repository}/manifests/${IMAGE.root.digest}`, {
        headers: ACCEPT,
      });
      assert.equal(old.status, 200);
    },
  },
  {
    name: 'manifest: an unchanged one is 304',
    async run(context) {
      const { client, repository } = context;
      await pushImage(context, 'v1', IMAGE);
      const path = `/v2/${repository}/manifests/v1`;
      const first = await client.send('GET', path, { headers: ACCEPT });
      const etag = first.headers.etag ?? '';
      const again = await client.send('GET', path, { headers: { ...ACCEPT, 'If-None-Match': etag } });
      assert.deepEqual([again.status, again.body.length], [304, 0]);
    },
  },
  {
    name: 'manifest: who does not accept a Docker list gets linux/amd64 of it by tag',
    async run(context) {
      const { client, repository } = context;
      await pushImage(context, 'v1', DOCKER_LIST);
      const got = await client.send('GET', `/v2/${repository}/manifests/v1`, {
        headers: { Accept: MEDIA_TYPE.dockerManifest },
      });
      assert.equal(got.status, 200);
      assert.equal(got.headers['docker-content-digest'], DOCKER_LIST.manifests[0]?.digest);
      assert.equal(got.headers['content-type'], MEDIA_TYPE.dockerManifest);
    },
  },
  {
    name: 'manifest: an OCI index is nothing to who does not accept it',
    async run(context) {
      await pushImage(context, 'v1', INDEX);
      const got = await context.client.send('GET', `/v2/${context.repository}/manifests/v1`, {
        headers: { Accept: MEDIA_TYPE.dockerManifest },
      });
      assertRefused(got, [404], 'MANIFEST_UNKNOWN');
    },
  },
  {
    name: 'manifest: pushed under a digest that is not its own',
    async run(context) {
      for (const { bytes } of IMAGE.blobs) await pushBlob(context, bytes);
      assertRefused(await putManifest(context, digestOf('other'), IMAGE.root), [400], 'DIGEST_INVALID');
    },
  },
  {
    name: 'manifest: a missing config or layer is refused',
    async run(context) {
      const [first, ...others] = IMAGE.blobs;
      assertRefused(await putManifest(context, 'v1', IMAGE.root), [400, 404], 'MANIFEST_BLOB_UNKNOWN');
      for (const { bytes } of others) await pushBlob(context, bytes);
      assertRefused(await putManifest(context, 'v1', IMAGE.root), [400, 404], 'MANIFEST_BLOB_UNKNOWN');
      await pushBlob(context, first?.bytes ?? new Uint8Array());
      assert.equal((await putManifest(context, 'v1', IMAGE.root)).status, 201);
    },
  },
  {
    name: 'manifest: a missing child is refused',
    async run(context) {
      assertRefused(await putManifest(context, 'v1', INDEX.root), [400, 404], 'MANIFEST_BLOB_UNKNOWN');
    },
  },
  {
    name: 'manifest: what is no manifest is refused',
    async run(context) {
      const mediaType = MEDIA_TYPE.ociManifest;
      for (const text of ['', 'no JSON', '[]', '{"schemaVersion":2,"mediaType":"text/plain"}']) {
        const put = await putManifest(context, 'v1', { bytes: Buffer.from(text), mediaType });
        assertRefused(put, [400], 'MANIFEST_INVALID');
      }
    },
  },
  {
    name: 'manifest: Content-Type and mediaType that differ are refused',
    async run(context) {
      for (const { bytes } of IMAGE.blobs) await pushBlob(context, bytes);
      const put = await putManifest(context, 'v1', { ...IMAGE.root, mediaType: MEDIA_TYPE.dockerManifest });
      assertRefused(put, [400], 'MANIFEST_INVALID');
    },
  },
  {
    name: 'manifest: a tag that is none is refused',
    async run(context) {
      for (const { bytes } of IMAGE.blobs) await pushBlob(context, bytes);
      for (const tag of ['.x', `a${'b'.repeat(128)}`]) {
        const put = await putManifest(context, tag, IMAGE.root);
        assert.ok([400, 404].includes(put.status), String(put.status));
      }
    },
  },
  {
    name: 'manifest: a subject need not be there',
    async run(context) {
      const artifact = buildArtifact({
        subject: descriptorOf(IMAGE),
        artifactType: 'text/plain',
        content: 'x',
      });
      await pushImage(context, 'v1', artifact);
    },
  },
  {
    name: 'delete: a manifest by digest takes its tags with it',
    async run(context) {
      const { client, repository } = context;
      await pushImage(context, 'v1', IMAGE);
      const path = `/v2/${repository}/manifests/${IMAGE.root.digest}`;
      assert.equal((await client.send('DELETE', path)).status, 202);
      assert.equal((await client.send('HEAD', path, { headers: ACCEPT })).status, 404);
      const tag = await client.send('GET', `/v2/${repository}/manifests/v1`, { headers: ACCEPT });
      assert.equal(tag.status, 404);
      assertRefused(await client.send('DELETE', path), [404], 'MANIFEST_UNKNOWN');
    },
  },
  {
    name: 'delete: a tag leaves the manifest',
    async run(context) {
      const { client, repository } = context;
      await pushImage(context, 'v1', IMAGE);
      assert.equal((await client.send('DELETE', `/v2/${repository}/manifests/v1`)).status, 202);
      const byDigest = await client.send('HEAD', `/v2/${repository}/manifests/${IMAGE.root.digest}`, {
        headers: ACCEPT,
      });
      assert.equal(byDigest.status, 200);
    },
  },
  {
    name: 'tags: given while pushing by digest',
    async run(context) {
      const { client, repository } = context;
      for (const { bytes } of IMAGE.blobs) await pushBlob(context, bytes);
      const put = await putManifest(context, `${IMAGE.root.digest}?tag=a&tag=b`, IMAGE.root);
      assert.equal(put.status, 201);
      assert.equal(put.headers['oci-tag'], 'a, b');
      const list = await client.send('GET', `/v2/${repository}/tags/list`);
      assert.deepEqual(JSON.parse(list.body.toString()), { name: repository, tags: ['a', 'b'] });
    },
  },
];

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseReference } from '../oci/index.ts';
import { buildImage, buildManifest, putImage, startRegistry } from '../testing/index.ts';
import { FakeRun } from './fake-run.ts';
import { readMappingImage, writeMappingImage } from './mapping-image.ts';

const TEXT = '{"nginx":{"tag":"r.example/nginx:1","digest":"sha256:…"}}';

describe('mapping images', () => {
  test('written, read back, the same bytes for the same text', async () => {
    await using registry = await startRegistry();
    const { client, signal } = new FakeRun();
    const [one, two, other] = ['one', 'two', 'other'].map((tag) =>
      parseReference(`${registry.host}/map:${tag}`),
    );
    assert.ok(one && two && other);
    await writeMappingImage(client, one, TEXT, signal);
    await writeMappingImage(client, two, TEXT, signal);
    await writeMappingImage(client, other, '{}', signal);
    assert.equal(await readMappingImage(client, one, signal), TEXT);
    assert.equal(await readMappingImage(client, other, signal), '{}');
    const digests = ['one', 'two', 'other'].map((tag) => registry.store.manifest('map', tag)?.digest);
    assert.equal(digests[0], digests[1]);
    assert.notEqual(digests[0], digests[2]);
    client.close();
  });

  test('a layer that is larger than any mapping is not even read', async () => {
    await using registry = await startRegistry();
    const { client, signal } = new FakeRun();
    const image = buildImage();
    const root = buildManifest('application/vnd.oci.image.manifest.v1+json', {
      config: { mediaType: 'x/y', digest: image.blobs[0]?.digest, size: 1 },
      layers: [{ mediaType: 'x/y', digest: image.blobs[1]?.digest, size: 64 * 1024 * 1024 + 1 }],
    });
    putImage(registry.store, 'map', 'v1', { ...image, root, manifests: [root] });
    const reference = parseReference(`${registry.host}/map:v1`);
    await assert.rejects(readMappingImage(client, reference, signal), {
      name: 'MappingError',
      message: `${reference.text} is no mapping image: its layer is too large`,
    });
    assert.deepEqual(registry.counts(), { 'HEAD manifest': 1, 'GET manifest': 1 });
    client.close();
  });

  test('gzip that breaks off', async () => {
    await using registry = await startRegistry();
    const { client, signal } = new FakeRun();
    const bytes = gzipSync(TEXT.repeat(100)).subarray(0, -9);
    putImage(registry.store, 'map', 'v1', buildImage({ layers: [{ bytes, mediaType: 'x/y' }] }));
    const reference = parseReference(`${registry.host}/map:v1`);
    await assert.rejects(readMappingImage(client, reference, signal), {
      name: 'MappingError',
      message: `${reference.text} is no mapping image: its layer does not unpack`,
    });
    client.close();
  });
});

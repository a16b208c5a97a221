import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { digestOf, type Manifest, parseManifest } from '../oci/index.ts';
import { buildCosignSignature, cosignTag, referrersTag } from './artifacts.ts';
import { generatedSource } from './blob-source.ts';
import { type BuiltManifest, buildLayer } from './image-parts.ts';
import { buildImage, buildIndex } from './images.ts';
import { noise } from './noise.ts';
import { routeOf } from './route.ts';
import { digestOfSource } from './store.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };
const ARM64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };

function parsed({ bytes, mediaType }: BuiltManifest): Manifest {
  return parseManifest(bytes, mediaType);
}

describe('images', () => {
  test('the same options give the same bytes, on every machine', () => {
    const options = { platforms: [AMD64, ARM64], labels: { a: 'b' }, layers: [{ seed: 3, size: 70_000 }] };
    assert.equal(buildImage(options).root.digest, buildImage(options).root.digest);
    assert.equal(
      buildImage().root.digest,
      'sha256:373da6f2ae0510d34d477368cebea5f5219e530e863fd9e15cce614a93c176db',
    );
  });

  test('one platform is an image, more are an index, attestations belong to it', () => {
    assert.equal(parsed(buildImage().root).kind, 'image');
    assert.equal(parsed(buildImage({ index: true }).root).kind, 'index');
    const root = parsed(buildImage({ platforms: [AMD64, ARM64], attestations: true }).root);
    assert.ok(root.kind === 'index');
    assert.deepEqual(
      root.manifests.map(({ platform, annotations }) => [
        platform,
        annotations?.['vnd.docker.reference.digest'],
      ]),
      [
        [AMD64, undefined],
        [ARM64, undefined],
        [{ os: 'unknown', architecture: 'unknown' }, root.manifests[0]?.digest],
        [{ os: 'unknown', architecture: 'unknown' }, root.manifests[1]?.digest],
      ],
    );
  });

  test('platforms share the layers they have in common', () => {
    const image = buildImage({
      platforms: [AMD64, ARM64],
      layers: ({ architecture }) => [{ seed: 1, size: 10 }, { files: { architecture } }],
    });
    assert.equal(image.blobs.length, 2 + 1 + 2);
  });

  test('children stand before their parents', () => {
    const inner = buildImage({ platforms: [AMD64, ARM64] });
    const outer = buildIndex([{ image: inner }], { annotations: { x: 'y' } });
    assert.deepEqual(outer.manifests.slice(0, 3), inner.manifests);
    assert.equal(outer.manifests.at(-1), outer.root);
    const root = parsed(outer.root);
    assert.deepEqual(root.kind === 'index' && [root.annotations, root.manifests[0]?.digest], [
      { x: 'y' },
      inner.root.digest,
    ]);
  });

  test('a layer is a gzipped tar that others can read', async () => {
    const big = 'x'.repeat(150_000);
    const layer = buildLayer({ files: { 'etc/a': 'hello', 'big/file': big, empty: '' } }, 'oci');
    const tar = gunzipSync(layer.blob?.bytes ?? new Uint8Array());
    assert.equal(digestOf(tar), layer.diffId);
    const files: Record<string, string> = {};
    const unpack = extract();
    unpack.end(tar);
    for await (const entry of unpack) {
      files[entry.header.name] = await text(entry);
    }
    assert.deepEqual(files, { 'etc/a': 'hello', 'big/file': big, empty: '' });
  });

  test('a foreign layer has URLs and no blob', () => {
    const { descriptor, blob } = buildLayer(
      { foreign: ['https://example.com/x'], seed: 1, size: 5 },
      'docker',
    );
    assert.deepEqual([descriptor.urls, blob], [['https://example.com/x'], undefined]);
  });

  test('tags that belong to a digest', () => {
    const digest = digestOf('x');
    const long = digestOf('x', 'sha512');
    assert.equal(cosignTag(digest), `sha256-${digest.slice(7)}.sig`);
    assert.equal(referrersTag(digest), `sha256-${digest.slice(7)}`);
    assert.equal(referrersTag(long), `sha512-${long.slice(7, 71)}`);
    assert.equal(parsed(buildCosignSignature(digest).root).kind, 'image');
  });
});

describe('generated content', () => {
  test('any range is that part of the whole', () => {
    const source = generatedSource(7, 2_500_000);
    const whole = Buffer.concat([...source.read(0, source.size)]);
    assert.equal(whole.length, source.size);
    assert.equal(digestOf(whole), digestOfSource(source, 'sha256'));
    for (const [start, end] of [
      [0, 1],
      [3, 12],
      [1_048_570, 1_048_590],
      [1_048_576, 1_048_577],
      [2_499_999, 2_500_000],
      [100, 2_400_000],
      [5, 5],
    ] as const) {
      const part = Buffer.concat([...source.read(start, end)]);
      assert.ok(part.equals(whole.subarray(start, end)), `${start}-${end}`);
    }
  });

  test('seeds differ, sizes are exact', () => {
    assert.equal(noise(1, 13).length, 13);
    assert.notDeepEqual(noise(1, 13), noise(2, 13));
    assert.notEqual(
      digestOfSource(generatedSource(1, 100), 'sha256'),
      digestOfSource(generatedSource(2, 100), 'sha256'),
    );
  });
});

test('paths are read from their end', () => {
  for (const [path, area, repository, reference] of [
    ['/v2', 'ping', '', ''],
    ['/v2/', 'ping', '', ''],
    ['/v2/_catalog', 'catalog', '', ''],
    ['/v2/a/b/manifests/v1', 'manifest', 'a/b', 'v1'],
    ['/v2/a/blobs/sha256%3Aab', 'blob', 'a', 'sha256:ab'],
    ['/v2/a/blobs/uploads', 'uploads', 'a', ''],
    ['/v2/a/blobs/uploads/', 'uploads', 'a', ''],
    ['/v2/a/blobs/uploads/id', 'upload', 'a', 'id'],
    ['/v2/a/tags/list', 'tags', 'a', ''],
    ['/v2/a/referrers/sha256:ab', 'referrers', 'a', 'sha256:ab'],
    ['/v2/manifests/x/blobs/uploads/manifests/v1', 'manifest', 'manifests/x/blobs/uploads', 'v1'],
    ['/v2/tags/list/tags/list', 'tags', 'tags/list', ''],
    ['/v2/a/%zz/tags/list', 'tags', 'a/%zz', ''],
    ['/v1/a', 'other', '', ''],
    ['/token', 'token', '', ''],
    ['/storage/sha256:ab', 'storage', '', 'sha256:ab'],
  ] as const) {
    assert.deepEqual(routeOf(path), { area, repository, reference }, path);
  }
});

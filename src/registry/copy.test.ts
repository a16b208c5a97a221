import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestCopy } from '../../test/support/client.ts';
import { LARGE, missing, PLATFORMS, withSides } from '../../test/support/copying.ts';
import {
  buildImage,
  buildIndex,
  buildManifest,
  buildSchema1,
  type BuiltImage,
  putImage,
} from '../testing/index.ts';
import { MEDIA_TYPE } from '../oci/index.ts';

describe('a whole tree', () => {
  const inner = buildImage({ platforms: PLATFORMS, layers: [{ seed: 7, size: 100 }] });
  const images: Readonly<Record<string, BuiltImage>> = {
    'an image': buildImage(),
    'an image of Docker': buildImage({ format: 'docker' }),
    'an index': buildImage({ platforms: PLATFORMS, annotations: { a: 'b' } }),
    'an index of Docker': buildImage({ platforms: PLATFORMS, format: 'docker' }),
    attestations: buildImage({ platforms: PLATFORMS, attestations: true }),
    'an index in an index': buildIndex([
      { image: inner },
      { image: buildImage({ layers: [{ seed: 8, size: 9 }] }) },
    ]),
    'an empty index': buildIndex([]),
    'an empty layer': buildImage({ layers: [{ bytes: new Uint8Array(), mediaType: MEDIA_TYPE.ociLayer }] }),
    'large layers': buildImage({
      layers: [
        { seed: 1, size: 3_000_000 },
        { seed: 2, size: LARGE },
      ],
    }),
  };
  for (const [name, image] of Object.entries(images)) {
    test(`${name} arrives whole, and a second run sends nothing`, async () => {
      await withSides(async ({ source, target, subject }) => {
        putImage(source.store, 'a/b', '1', image);
        const digest = await new TestCopy(subject).copy(`${source.host}/a/b:1`, `${target.host}/c:2`);
        assert.equal(digest, image.root.digest);
        assert.deepEqual(missing(target, 'c', '2', image), []);
        assert.equal(target.openUploads, 0);
        source.reset();
        target.reset();
        const again = new TestCopy(subject, { referrers: false });
        await again.copy(`${source.host}/a/b:1`, `${target.host}/c:2`);
        assert.deepEqual(source.counts(), { 'HEAD manifest': 1 });
        assert.deepEqual(target.counts(), { 'HEAD manifest': 1 });
        assert.equal(again.progress.manifestsPushed + again.progress.blobsSent, 0);
      });
    });
  }

  test('the same digest has the same bytes and type on the other side', async () => {
    await withSides(async ({ source, target, subject }) => {
      const image = buildImage({ platforms: PLATFORMS });
      putImage(source.store, 'a', '1', image);
      await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`);
      for (const { digest, bytes, mediaType } of image.manifests) {
        const there = target.store.manifest('a', digest);
        assert.deepEqual(
          [there?.mediaType, Buffer.from(there?.bytes ?? [])],
          [mediaType, Buffer.from(bytes)],
        );
      }
    });
  });

  test('children go before parents, and the tag last', async () => {
    await withSides(async ({ source, target, subject }) => {
      const image = buildImage({ platforms: PLATFORMS });
      putImage(source.store, 'a', '1', image);
      await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`);
      const pushes = target.requests.filter(
        ({ method, kind }) => method === 'PUT' && kind === 'PUT manifest',
      );
      assert.equal(pushes.length, 3);
      assert.equal(pushes.at(-1)?.path, '/v2/a/manifests/1');
    });
  });

  test('a child of unknown type may be a manifest or a blob', async () => {
    await withSides(async ({ source, target, subject }) => {
      const odd = buildImage({ layers: [{ seed: 3, size: 10 }] });
      const blob = Buffer.from('some blob');
      const digest = source.store.putBlob('a', blob);
      const root = buildManifest(MEDIA_TYPE.ociIndex, {
        manifests: [
          { mediaType: 'application/x-manifest', digest: odd.root.digest, size: odd.root.bytes.length },
          { mediaType: 'application/x-blob', digest, size: blob.length },
        ],
      });
      putImage(source.store, 'a', undefined, odd);
      source.store.putManifest('a', root, ['1']);
      await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`);
      assert.ok(target.store.hasBlob('a', digest));
      assert.deepEqual(missing(target, 'a', '1', { ...odd, root, manifests: [...odd.manifests, root] }), []);
    });
  });

  test('content that a descriptor carries itself is not asked for', async () => {
    await withSides(async ({ source, target, subject }) => {
      const config = Buffer.from('{"inline":true}');
      const digest = source.store.putBlob('a', config);
      const part = { digest, size: config.length, data: config.toString('base64') };
      const root = buildManifest(MEDIA_TYPE.ociManifest, {
        config: { mediaType: MEDIA_TYPE.ociConfig, ...part },
        layers: [],
      });
      source.store.putManifest('a', root, ['1']);
      await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`);
      assert.equal(source.counts()['GET blob'], undefined);
      assert.ok(target.store.hasBlob('a', digest));
    });
  });

  test('a foreign layer stays where it is, with a notice', async () => {
    await withSides(async ({ source, target, subject }) => {
      const image = buildImage({
        layers: [
          { seed: 1, size: 10 },
          { foreign: ['https://windows.example/layer'], seed: 2, size: 10 },
        ],
      });
      putImage(source.store, 'a', '1', image);
      const copy = new TestCopy(subject);
      await copy.copy(`${source.host}/a:1`, `${target.host}/a:1`);
      assert.deepEqual(missing(target, 'a', '1', image), []);
      assert.equal(copy.notices.length, 1);
      assert.match(
        copy.notices[0] ?? '',
        /^layer sha256:\w+ may not be redistributed and stays where its URLs say$/,
      );
    });
  });

  test('schema 1 is refused in clear words', async () => {
    await withSides(async ({ source, target, subject }) => {
      const old = buildSchema1('a', '1');
      putImage(source.store, 'a', '1', old);
      await assert.rejects(new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`), {
        name: 'RegistryError',
        message: `${source.host}/a: cannot read manifest ${old.root.digest}: it is a Docker schema 1 image, which registries no longer take; rebuild it or push it with a current client`,
      });
      assert.equal(target.store.manifest('a', '1'), undefined);
    });
  });
});

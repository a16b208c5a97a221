import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestCopy } from '../../test/support/client.ts';
import { missing, PLATFORMS, withSides } from '../../test/support/copying.ts';
import { type Digest, MEDIA_TYPE, referenceTo } from '../oci/index.ts';
import {
  buildArtifact,
  buildCosignSignature,
  buildImage,
  buildIndex,
  buildManifest,
  type BuiltImage,
  cosignTag,
  descriptorOf,
  type EmbeddedRegistry,
  putImage,
  referrersTag,
} from '../testing/index.ts';
import { referrersTag as tagOf } from './referrers.ts';

const IMAGE = buildImage({ platforms: PLATFORMS });
const CHILD = IMAGE.manifests.find(({ digest }) => digest !== IMAGE.root.digest) ?? IMAGE.root;

function sbomOf(subject: BuiltImage, content = 'sbom'): BuiltImage {
  return buildArtifact({
    subject: descriptorOf(subject),
    artifactType: 'application/x-sbom',
    content,
    annotations: { by: 'us' },
  });
}

/** The entries of a fallback index. */
function listed({ store }: EmbeddedRegistry, path: string, subject: Digest): readonly object[] {
  const manifest = store.manifest(path, referrersTag(subject));
  return manifest?.parsed?.kind === 'index' ? manifest.parsed.manifests : [];
}

describe('what refers to an image comes with it', () => {
  for (const from of [true, false]) {
    for (const to of [true, false]) {
      test(`from ${from ? 'API' : 'tag'} to ${to ? 'API' : 'tag'}`, async () => {
        const options = {
          source: { features: { referrers: from } },
          target: { features: { referrers: to } },
        };
        await withSides(async ({ source, target, subject }) => {
          const sbom = sbomOf(IMAGE);
          putImage(source.store, 'a', '1', IMAGE);
          putImage(source.store, 'a', undefined, sbom);
          if (!from) {
            const index = buildIndex([{ image: sbom }]);
            source.store.putManifest('a', index.root, [referrersTag(IMAGE.root.digest)]);
          }
          await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/b:1`);
          assert.deepEqual(missing(target, 'b', '1', IMAGE), []);
          assert.deepEqual(missing(target, 'b', undefined, sbom), []);
          const entry = {
            ...descriptorOf(sbom),
            artifactType: 'application/x-sbom',
            annotations: { by: 'us' },
          };
          assert.deepEqual(listed(target, 'b', IMAGE.root.digest), to ? [] : [entry]);
        }, options);
      });
    }
  }

  test('of children and of referrers, too, and in rings only once', async () => {
    await withSides(async ({ source, target, subject }) => {
      const ofChild = buildArtifact({
        subject: { ...CHILD, size: CHILD.bytes.length },
        artifactType: 'x/child',
        content: '1',
      });
      const second = sbomOf(ofChild, '2');
      putImage(source.store, 'a', '1', IMAGE);
      for (const image of [ofChild, second]) putImage(source.store, 'a', undefined, image);
      const loop = buildManifest(MEDIA_TYPE.ociManifest, {
        ...JSON.parse(Buffer.from(second.root.bytes).toString()),
        annotations: { n: '1' },
      });
      source.store.putManifest('a', loop, []);
      await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/b:1`);
      for (const image of [ofChild, second]) assert.deepEqual(missing(target, 'b', undefined, image), []);
      assert.ok(target.store.manifest('b', loop.digest));
    });
  });

  test('by signature tags of cosign, of the index and of each child', async () => {
    await withSides(async ({ source, target, subject }) => {
      putImage(source.store, 'a', '1', IMAGE);
      const tags = [
        [cosignTag(IMAGE.root.digest), buildCosignSignature(IMAGE.root.digest)],
        [cosignTag(CHILD.digest, 'att'), buildCosignSignature(CHILD.digest)],
      ] as const;
      for (const [tag, image] of tags) putImage(source.store, 'a', tag, image);
      await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/b:1`);
      for (const [tag, image] of tags) assert.deepEqual(missing(target, 'b', tag, image), []);
    });
  });

  test('also where tags are not listed', async () => {
    await withSides(async ({ source, target, subject }) => {
      putImage(source.store, 'a', '1', IMAGE);
      const signature = buildCosignSignature(IMAGE.root.digest);
      putImage(source.store, 'a', cosignTag(IMAGE.root.digest), signature);
      source.faults.add({
        match: { kind: 'GET tags' },
        action: { kind: 'status', status: 403, code: 'DENIED' },
      });
      await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/b:1`);
      assert.deepEqual(missing(target, 'b', cosignTag(IMAGE.root.digest), signature), []);
    });
  });

  test('on any page of a list', async () => {
    await withSides(
      async ({ source, target, subject }) => {
        putImage(source.store, 'a', '1', IMAGE);
        const boms = [1, 2, 3, 4, 5].map((number) => sbomOf(IMAGE, `sbom ${number}`));
        for (const image of boms) putImage(source.store, 'a', undefined, image);
        await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/b:1`);
        for (const image of boms) assert.deepEqual(missing(target, 'b', undefined, image), []);
      },
      { source: { features: { pageSize: 2 } } },
    );
  });

  test('later than the image itself', async () => {
    await withSides(async ({ source, target, subject }) => {
      putImage(source.store, 'a', '1', IMAGE);
      const names = [`${source.host}/a:1`, `${target.host}/b:1`] as const;
      await new TestCopy(subject).copy(...names);
      const sbom = sbomOf(IMAGE);
      putImage(source.store, 'a', undefined, sbom);
      target.reset();
      await new TestCopy(subject).copy(...names);
      assert.deepEqual(missing(target, 'b', undefined, sbom), []);
      assert.equal(target.counts()['PUT manifest'], 1);
    });
  });

  test('and is left where it is when nobody wants it', async () => {
    await withSides(async ({ source, target, subject }) => {
      putImage(source.store, 'a', '1', IMAGE);
      const sbom = sbomOf(IMAGE);
      putImage(source.store, 'a', undefined, sbom);
      await new TestCopy(subject, { referrers: false }).copy(`${source.host}/a:1`, `${target.host}/b:1`);
      assert.equal(target.store.manifest('b', sbom.root.digest), undefined);
      assert.deepEqual(
        source.requests.filter(({ kind }) => /tags|referrers/.test(kind)),
        [],
      );
    });
  });

  test('before the tag of the image', async () => {
    await withSides(async ({ source, target, subject }) => {
      putImage(source.store, 'a', '1', IMAGE);
      putImage(source.store, 'a', undefined, sbomOf(IMAGE));
      await new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/b:1`);
      const puts = target.requests.filter(({ kind }) => kind === 'PUT manifest').map(({ path }) => path);
      assert.equal(puts.at(-1), '/v2/b/manifests/1');
    });
  });
});

describe('the index that stands in for the API', () => {
  test('keeps what it has, and gets each entry once, from many writers', async () => {
    await withSides(
      async ({ source, target, subject }) => {
        putImage(source.store, 'a', '1', IMAGE);
        const boms = [1, 2, 3, 4].map((number) => sbomOf(IMAGE, `sbom ${number}`));
        for (const image of boms) putImage(source.store, 'a', undefined, image);
        const older = sbomOf(IMAGE, 'older');
        putImage(target.store, 'b', undefined, older);
        target.store.putManifest('b', buildIndex([{ image: older }]).root, [referrersTag(IMAGE.root.digest)]);
        const names = [`${source.host}/a:1`, `${target.host}/b:1`] as const;
        await new TestCopy(subject).copy(...names);
        await new TestCopy(subject).copy(...names);
        const digests = listed(target, 'b', IMAGE.root.digest).map((entry) => Reflect.get(entry, 'digest'));
        const wanted = [older, ...boms].map(({ root }) => root.digest);
        assert.equal(digests.length, wanted.length);
        assert.deepEqual(new Set(digests), new Set<unknown>(wanted));
      },
      { target: { features: { referrers: false } } },
    );
  });

  test('is not written over something else', async () => {
    await withSides(
      async ({ source, target, subject }) => {
        putImage(source.store, 'a', '1', IMAGE);
        putImage(source.store, 'a', undefined, sbomOf(IMAGE));
        const tag = referrersTag(IMAGE.root.digest);
        putImage(target.store, 'b', tag, buildImage());
        await assert.rejects(
          new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/b:1`),
          new RegExp(`as a referrer of ${IMAGE.root.digest}: tag "${tag}" is not an index$`),
        );
      },
      { target: { features: { referrers: false } } },
    );
  });

  test('has a tag that fits, whatever the algorithm', () => {
    assert.equal(tagOf(`sha256:${'a'.repeat(64)}`), `sha256-${'a'.repeat(64)}`);
    assert.equal(tagOf(`sha512:${'a'.repeat(128)}`), `sha512-${'a'.repeat(64)}`);
  });
});

test('a signature tag that holds something else stays, with a notice', async () => {
  await withSides(async ({ source, target, subject }) => {
    putImage(source.store, 'a', '1', IMAGE);
    const tag = cosignTag(IMAGE.root.digest);
    const [ours, theirs] = [buildCosignSignature(IMAGE.root.digest), buildCosignSignature(CHILD.digest)];
    putImage(source.store, 'a', tag, ours);
    putImage(target.store, 'b', tag, theirs);
    const copy = new TestCopy(subject);
    await copy.copy(`${source.host}/a:1`, `${target.host}/b:1`);
    assert.deepEqual(missing(target, 'b', tag, theirs), []);
    assert.deepEqual(copy.notices, [
      `${target.host}/b:${tag} stays as it is: it holds ${theirs.root.digest} and the source ${ours.root.digest}`,
    ]);
  });
});

function layersOf({ root }: BuiltImage): readonly object[] {
  return JSON.parse(Buffer.from(root.bytes).toString()).layers;
}

describe('a signature tag at the target', () => {
  const tag = cosignTag(IMAGE.root.digest);
  const [theirs, ours] = [buildCosignSignature(IMAGE.root.digest), buildCosignSignature(CHILD.digest)];
  const [layer] = layersOf(theirs);
  const otherwise = { ...layer, annotations: { 'dev.cosignproject.cosign/signature': 'YW5vdGhlcg==' } };
  for (const [what, layers, silent] of [
    [
      'that has the source’s signatures and others stays, and nobody need know',
      [layer, ...layersOf(ours)],
      true,
    ],
    ['in another order, too', [...layersOf(ours), layer], true],
    ['that lacks one of the source’s stays, with a notice', layersOf(ours), false],
    ['with another signature of the same text, too', [otherwise], false],
  ] as const) {
    test(what, async () => {
      await withSides(async ({ source, target, subject }) => {
        putImage(source.store, 'a', '1', IMAGE);
        putImage(source.store, 'a', tag, theirs);
        const copy = new TestCopy(subject);
        await copy.copy(`${source.host}/a:1`, `${target.host}/b:1`);
        const body = { ...JSON.parse(Buffer.from(theirs.root.bytes).toString()), layers };
        const held = buildManifest(theirs.root.mediaType, body);
        target.store.putManifest('b', held, [tag]);
        await copy.copy(`${source.host}/a:1`, `${target.host}/b:1`);
        assert.equal(target.store.manifest('b', tag)?.digest, held.digest);
        assert.equal(copy.notices.length, silent ? 0 : 1);
      });
    });
  }
});

for (const api of [true, false]) {
  test(`what is pushed with a subject is listed there, ${api ? 'by the registry' : 'by a tag'}`, async () => {
    await withSides(
      async ({ target, subject: { client, signal } }) => {
        putImage(target.store, 'b', '1', IMAGE);
        const [sbom, other] = [sbomOf(IMAGE), sbomOf(IMAGE, 'another')];
        const reference = referenceTo({ registry: target.host, path: 'b' }, {});
        for (const { root, blobs } of [sbom, other, sbom]) {
          const contents = blobs.map(({ bytes }) => bytes);
          await client.push(reference, root, contents, signal);
        }
        const found = await client.referrers(reference.repository, IMAGE.root.digest, signal);
        const expected = [sbom, other].map((image) => ({
          ...descriptorOf(image),
          artifactType: 'application/x-sbom',
          annotations: { by: 'us' },
        }));
        assert.deepEqual(found.toSorted(byDigest), expected.toSorted(byDigest));
        assert.deepEqual(target.store.tags('b'), api ? ['1'] : ['1', referrersTag(IMAGE.root.digest)]);
      },
      { target: { features: { referrers: api } } },
    );
  });
}

function byDigest(a: { readonly digest: Digest }, b: { readonly digest: Digest }): number {
  return a.digest < b.digest ? -1 : 1;
}

test('a host without the API is asked for it once', async () => {
  await withSides(
    async ({ source, target, subject }) => {
      const copy = new TestCopy(subject);
      for (const path of ['a', 'b', 'c', 'd'])
        putImage(source.store, path, '1', buildImage({ labels: { path } }));
      await Promise.all(
        ['a', 'b', 'c', 'd'].map((path) => copy.copy(`${source.host}/${path}:1`, `${target.host}/${path}:1`)),
      );
      assert.equal(source.counts()['GET referrers'], 1);
    },
    { source: { features: { referrers: false } } },
  );
});

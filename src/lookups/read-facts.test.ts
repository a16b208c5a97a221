import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf, MEDIA_TYPE, parseReference, type Platform } from '../oci/index.ts';
import {
  buildArtifact,
  buildImage,
  type BuiltImage,
  buildIndex,
  buildManifest,
  buildSchema1,
  descriptorOf,
} from '../testing/index.ts';
import type { Content } from './fact-store.ts';
import { FakeRegistry } from './fake-registry.ts';
import type { ImageFacts } from './facts.ts';
import { readFacts } from './read-facts.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };
const ARM64 = { os: 'linux', architecture: 'arm64' };
const WINDOWS = { os: 'windows', architecture: 'amd64' };
const UNKNOWN = { os: 'unknown', architecture: 'unknown' };
const SIGNAL = new AbortController().signal;

async function contentOf(image: BuiltImage, platform: Platform | undefined): Promise<Content> {
  const registry = new FakeRegistry();
  registry.put('a.test/app:1', image);
  const reader = registry.reader(parseReference('a.test/app:1'));
  const root = await reader.manifest({ tag: '1', digest: undefined }, SIGNAL);
  assert.ok(root);
  return await readFacts(reader, root, { platform, signal: SIGNAL });
}

async function factsOf(image: BuiltImage, platform: Platform | undefined): Promise<ImageFacts> {
  const content = await contentOf(image, platform);
  if (content instanceof Error) throw content;
  return content;
}

/** An image that says of which platform it is. */
function imageFor(platform: Platform): BuiltImage {
  const { os, architecture } = platform;
  return buildImage({ platforms: [platform], labels: { platform: `${os}/${architecture}` } });
}

/** An image whose config is this text. */
function configOf(text: string): BuiltImage {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes);
  const config = { mediaType: MEDIA_TYPE.ociConfig, digest, size: bytes.length };
  const root = buildManifest(MEDIA_TYPE.ociManifest, { config, layers: [] });
  return { root, manifests: [root], blobs: [{ digest, bytes }] };
}

test('an image of one platform has its own digest, labels, time and annotations', async () => {
  const image = buildImage({
    labels: { a: 'b', 'org.opencontainers.image.source': 'https://code.test/x' },
    annotations: { note: 'x' },
    created: '1970-01-01T00:01:40Z',
  });
  const facts = await factsOf(image, AMD64);
  assert.deepEqual(facts, {
    digest: image.root.digest,
    size: facts.size,
    created: 100,
    labels: new Map([
      ['a', 'b'],
      ['org.opencontainers.image.source', 'https://code.test/x'],
    ]),
    annotations: new Map([['note', 'x']]),
  });
});

test('the size is that of config and layers, those counted again that are there again', async () => {
  const layer = { bytes: Buffer.alloc(1000), mediaType: MEDIA_TYPE.ociLayer };
  const once = await factsOf(buildImage({ layers: [layer] }), AMD64);
  const twice = buildImage({ layers: [layer, layer] });
  const config = twice.blobs.find(({ bytes }) => bytes.length !== 1000);
  assert.equal((await factsOf(twice, AMD64)).size, 2000 + (config?.bytes.length ?? 0));
  assert.ok(once.size < 2000);
});

describe('of an index', () => {
  const image = buildIndex(
    [AMD64, ARM64, WINDOWS].map((platform) => ({ platform, image: imageFor(platform) })),
  );
  for (const platform of [AMD64, ARM64, WINDOWS]) {
    test(`${platform.os}/${platform.architecture} is chosen`, async () => {
      const facts = await factsOf(image, platform);
      assert.equal(facts.labels.get('platform'), `${platform.os}/${platform.architecture}`);
      assert.equal(facts.digest, image.root.digest);
    });
  }

  test('with attestations the image is chosen, whatever comes first', async () => {
    const [attested, attestation] = [imageFor(AMD64), imageFor(UNKNOWN)];
    const mixed = buildIndex([
      {
        image: attestation,
        platform: UNKNOWN,
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
      },
      { image: attested, platform: AMD64 },
    ]);
    const content = await contentOf(mixed, AMD64);
    assert.ok(!(content instanceof Error));
    assert.equal(content.labels.get('platform'), 'linux/amd64');
  });

  test('annotations are those of the chosen manifest, then of its index, then of the index around it', async () => {
    const inner = buildIndex([{ platform: AMD64, image: buildImage({ annotations: { a: 'image' } }) }], {
      annotations: { a: 'inner', b: 'inner' },
    });
    const outer = buildIndex([{ image: inner, platform: AMD64 }], {
      annotations: { a: 'outer', b: 'outer', c: 'outer' },
    });
    assert.deepEqual(Object.fromEntries((await factsOf(outer, AMD64)).annotations), {
      a: 'image',
      b: 'inner',
      c: 'outer',
    });
  });

  test('a key that objects have by nature is a key like any other', async () => {
    const annotations = { constructor: 'x', toString: 'y' };
    assert.deepEqual(
      Object.fromEntries((await factsOf(buildImage({ annotations }), AMD64)).annotations),
      annotations,
    );
  });
});

describe('there can be no facts', () => {
  let deep = buildImage();
  for (let depth = 0; depth < 5; depth++) deep = buildIndex([{ image: deep, platform: AMD64 }]);
  const cases: readonly [name: string, image: BuiltImage, message: RegExp][] = [
    ['of an artifact', buildArtifact({ artifactType: 'x/y', content: 'x' }), /artifact/],
    ['of schema 1', buildSchema1('app', '1'), /schema 1/],
    [
      'of attestations alone',
      buildIndex([{ platform: UNKNOWN, image: imageFor(UNKNOWN) }]),
      /no image that runs/,
    ],
    ['of a config that is none', configOf('no'), /not JSON/],
    ['of an empty index', buildIndex([]), /no image/],
    ['of indexes without end', deep, /nested more than 4 deep/],
  ];
  for (const [name, image, message] of cases) {
    test(name, async () => {
      const content = await contentOf(image, AMD64);
      assert.ok(content instanceof Error);
      assert.equal(content.reason, 'unsupported');
      assert.match(content.message, message);
    });
  }
});

test('of labels and annotations without end the first are kept, and the others counted', async () => {
  const many = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`k${index}`, 'v']));
  const long = { a: 'x'.repeat(200_000), b: 'x'.repeat(62_000), c: 'x', d: 'x' };
  const facts = await factsOf(buildImage({ labels: many, annotations: long }), AMD64);
  assert.deepEqual([facts.labels.size, [...facts.annotations.keys()]], [1000, ['a', 'b', 'c', 'd']]);
  assert.deepEqual(facts.leftOut, { labels: 500, annotations: 0 });
  const longer = await factsOf(buildImage({ labels: { ...long, b: 'x'.repeat(63_000) } }), AMD64);
  assert.deepEqual([[...longer.labels.keys()], longer.leftOut?.labels], [['a'], 3]);
  assert.ok(!('leftOut' in (await factsOf(buildImage(), AMD64))));
});

test('why there can be no facts is told in a line, whatever the image says', async () => {
  const long = 'x'.repeat(100_000);
  const { root: odd } = configOf('{}');
  const config = { mediaType: `a\n\u001b[31m${long}`, digest: odd.digest, size: 2 };
  const root = buildManifest(MEDIA_TYPE.ociManifest, { config, layers: [] });
  for (const [image, message] of [
    [{ root, manifests: [root], blobs: [] }, /of type a \[31mx+…$/],
    [configOf(JSON.stringify({ config: { Labels: { [long]: 7 } } })), /^label "x+…$/],
  ] as const) {
    const content = await contentOf(image, AMD64);
    assert.ok(content instanceof Error);
    assert.match(content.message, message);
    assert.equal(content.message.length, 301);
  }
});

test('an image that says nothing of itself has no facts but its size', async () => {
  const facts = await factsOf(configOf('{}'), AMD64);
  assert.deepEqual([facts.size, facts.created, facts.labels], [2, undefined, new Map()]);
});

test('without the wanted platform it is the first that runs; without a wish too', async () => {
  const index = buildIndex(
    [UNKNOWN, WINDOWS, ARM64].map((platform) => ({ platform, image: imageFor(platform) })),
  );
  assert.equal((await factsOf(index, AMD64)).labels.get('platform'), 'linux/arm64');
  assert.equal((await factsOf(index, undefined)).labels.get('platform'), 'windows/amd64');
});

test('a config that old clients called plain bytes is one', async () => {
  const image = buildImage();
  const [config] = image.blobs;
  assert.ok(config);
  const root = buildManifest(MEDIA_TYPE.dockerManifest, {
    config: {
      mediaType: 'application/octet-stream',
      digest: config.digest,
      size: config.bytes.length,
    },
    layers: [],
  });
  const facts = await factsOf({ root, manifests: [root], blobs: [config] }, AMD64);
  assert.equal(facts.size, config.bytes.length);
});

test('a child that the index names and the registry lacks is not found', async () => {
  const child = imageFor(AMD64);
  const index = buildIndex([{ platform: AMD64, image: child }]);
  await assert.rejects(contentOf({ ...index, manifests: [index.root] }, AMD64), {
    reason: 'not_found',
    message: `the index names ${descriptorOf(child).digest}, which is not there`,
  });
});

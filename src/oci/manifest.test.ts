import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from './digest.ts';
import { ManifestError, type Manifest, parseManifest } from './manifest.ts';
import { MEDIA_TYPE } from './media-type.ts';

const DIGEST = digestOf('content');
const CONFIG = { mediaType: MEDIA_TYPE.ociConfig, digest: DIGEST, size: 7 };
const IMAGE = { schemaVersion: 2, config: CONFIG, layers: [] };
const INDEX = { schemaVersion: 2, manifests: [] };

function parse(value: unknown, contentType?: string): Manifest {
  return parseManifest(Buffer.from(JSON.stringify(value)), contentType);
}

describe('the kind of a manifest', () => {
  const cases: readonly (readonly [string, unknown, string | undefined, Manifest['kind'], string])[] = [
    ['by header', IMAGE, MEDIA_TYPE.dockerManifest, 'image', MEDIA_TYPE.dockerManifest],
    [
      'by header with parameters',
      INDEX,
      `${MEDIA_TYPE.ociIndex}; charset=utf-8`,
      'index',
      MEDIA_TYPE.ociIndex,
    ],
    ['by itself', { ...INDEX, mediaType: MEDIA_TYPE.dockerList }, undefined, 'index', MEDIA_TYPE.dockerList],
    [
      'by itself, against a header that says nothing',
      { ...IMAGE, mediaType: MEDIA_TYPE.ociManifest },
      'application/json',
      'image',
      MEDIA_TYPE.ociManifest,
    ],
    ['by what an image has', IMAGE, undefined, 'image', MEDIA_TYPE.ociManifest],
    ['by what an index has', INDEX, 'text/plain', 'index', MEDIA_TYPE.ociIndex],
    ['by the version of schema 1', { schemaVersion: 1 }, undefined, 'schema1', MEDIA_TYPE.schema1Signed],
    ['schema 1 by header', { schemaVersion: 1 }, MEDIA_TYPE.schema1, 'schema1', MEDIA_TYPE.schema1],
  ];
  for (const [name, value, contentType, kind, mediaType] of cases) {
    test(name, () => {
      const manifest = parse(value, contentType);
      assert.deepEqual([manifest.kind, manifest.mediaType], [kind, mediaType]);
    });
  }
});

test('everything that a manifest says of its parts is read', () => {
  const full = {
    ...CONFIG,
    urls: ['https://r.example/x'],
    annotations: { a: 'b' },
    platform: { os: 'linux', architecture: 'arm', variant: 'v7', 'os.version': 'x' },
    artifactType: 'application/x',
    data: 'Y29udGVudA==',
  };
  const { 'os.version': osVersion, ...system } = full.platform;
  const platform = { ...system, osVersion };
  const read = { ...full, platform };
  assert.deepEqual(
    parse({ manifests: [full], subject: CONFIG, artifactType: 't', annotations: { c: 'd' } }),
    {
      kind: 'index',
      mediaType: MEDIA_TYPE.ociIndex,
      manifests: [read],
      subject: CONFIG,
      artifactType: 't',
      annotations: { c: 'd' },
    },
  );
  assert.deepEqual(parse({ ...IMAGE, layers: [full] }), {
    kind: 'image',
    mediaType: MEDIA_TYPE.ociManifest,
    config: CONFIG,
    layers: [read],
    subject: undefined,
    artifactType: undefined,
    annotations: undefined,
  });
});

test('null is what Go writes for nothing', () => {
  assert.deepEqual(
    parse(
      { manifests: null, subject: null, artifactType: null, annotations: null, layers: null, config: null },
      MEDIA_TYPE.ociIndex,
    ),
    {
      kind: 'index',
      mediaType: MEDIA_TYPE.ociIndex,
      manifests: [],
      subject: undefined,
      artifactType: undefined,
      annotations: undefined,
    },
  );
});

describe('faults', () => {
  const bad = (part: object): object => ({ ...IMAGE, layers: [CONFIG, { ...CONFIG, ...part }] });
  const cases: readonly (readonly [unknown, string | undefined, string])[] = [
    [[], undefined, 'the manifest is not a JSON object'],
    [null, undefined, 'the manifest is not a JSON object'],
    [{}, undefined, 'manifest type "" is not one of images or indexes'],
    [{}, 'application/json', 'manifest type "application/json" is not one of images or indexes'],
    [{ mediaType: 'x/y' }, undefined, 'manifest type "x/y" is not one of images or indexes'],
    [{ mediaType: 7 }, undefined, 'mediaType is not a string'],
    [
      { ...IMAGE, mediaType: MEDIA_TYPE.ociManifest },
      MEDIA_TYPE.ociIndex,
      `the manifest calls itself ${MEDIA_TYPE.ociManifest}, the registry calls it ${MEDIA_TYPE.ociIndex}`,
    ],
    [
      { ...IMAGE, manifests: [] },
      MEDIA_TYPE.ociManifest,
      `a manifest of type ${MEDIA_TYPE.ociManifest} has no manifests, but this one does`,
    ],
    [
      { ...INDEX, layers: [] },
      MEDIA_TYPE.ociIndex,
      `a manifest of type ${MEDIA_TYPE.ociIndex} has no layers, but this one does`,
    ],
    [{ ...IMAGE, config: undefined }, MEDIA_TYPE.ociManifest, 'config is not an object'],
    [{ ...IMAGE, layers: {} }, undefined, 'layers is not a list'],
    [bad({ digest: undefined }), undefined, 'layers[1]: digest is missing'],
    [bad({ digest: 'sha256:1' }), undefined, 'layers[1]: sha256 digest has 1 hex digits, not 64'],
    [bad({ size: -1 }), undefined, 'layers[1]: size is not a count of bytes'],
    [bad({ size: 1.5 }), undefined, 'layers[1]: size is not a count of bytes'],
    [bad({ size: '7' }), undefined, 'layers[1]: size is not a count of bytes'],
    [bad({ size: 2 ** 53 }), undefined, 'layers[1]: size is not a count of bytes'],
    [bad({ annotations: { a: 1 } }), undefined, 'layers[1].annotations["a"] is not a string'],
    [bad({ annotations: [] }), undefined, 'layers[1].annotations is not an object'],
    [bad({ data: 1 }), undefined, 'layers[1].data is not a string'],
    [{ ...IMAGE, subject: 'x' }, undefined, 'subject is not an object'],
  ];
  for (const [value, contentType, message] of cases) {
    test(message, () => assert.throws(() => parse(value, contentType), { name: 'ManifestError', message }));
  }

  test('what has more parts than anybody can use', () => {
    const bytes = Buffer.from(`{"manifests":[${'{},'.repeat(60_000)}{}]}`);
    assert.throws(() => parseManifest(bytes, undefined), {
      name: 'ManifestError',
      message: 'the manifest has more than 100000 parts',
    });
  });

  test('what is not JSON, or not UTF-8', () => {
    for (const bytes of [Buffer.from('{'), Buffer.from([0x22, 0xff, 0x22]), Buffer.alloc(0)]) {
      assert.throws(() => parseManifest(bytes, undefined), { message: 'the manifest is not JSON' });
    }
  });

  test('nothing but ManifestError, whatever the bytes', () => {
    const types = fc.constantFrom(undefined, '', ...Object.values(MEDIA_TYPE));
    fc.assert(
      fc.property(fc.json(), types, (json, type) => {
        try {
          parseManifest(Buffer.from(json), type);
        } catch (error) {
          assert.ok(error instanceof ManifestError, String(error));
        }
      }),
    );
  });
});

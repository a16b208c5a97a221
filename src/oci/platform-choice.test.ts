import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf } from './digest.ts';
import type { Descriptor, IndexManifest } from './manifest.ts';
import { MEDIA_TYPE } from './media-type.ts';
import { parsePlatform } from './platform.ts';
import { choosePlatform, findPlatform, isBesideImages } from './platform-choice.ts';

/** An entry for each text: a platform, or one of the sorts that are no images. */
function indexOf(texts: readonly string[]): IndexManifest {
  const manifests = texts.map((text): Descriptor => {
    const entry = { mediaType: MEDIA_TYPE.ociManifest, digest: digestOf(text), size: 1 };
    if (text === 'nothing said') return entry;
    if (text === 'index') return { ...entry, mediaType: MEDIA_TYPE.ociIndex };
    if (text === 'chart') return { ...entry, mediaType: 'application/vnd.x+json', platform: LINUX };
    if (text === 'attestation') {
      const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
      return { ...entry, annotations, platform: LINUX };
    }
    const [system = '', osVersion] = text.split(':');
    const [os = '', architecture = '', variant] = system.split('/');
    const version = osVersion === undefined ? {} : { osVersion };
    const platform = { os, architecture, ...(variant === undefined ? {} : { variant }), ...version };
    return { ...entry, platform };
  });
  return {
    kind: 'index',
    mediaType: MEDIA_TYPE.ociIndex,
    manifests,
    subject: undefined,
    artifactType: undefined,
    annotations: undefined,
  };
}

const LINUX = { os: 'linux', architecture: 'amd64' };
const ARMS = ['linux/arm/v5', 'linux/arm/v7', 'linux/arm/v6', 'linux/arm/v8'];
const LEVELS = ['linux/amd64/v2', 'linux/amd64', 'linux/amd64/v3'];
const WINDOWS = ['windows/amd64:10.0.17763.1', 'windows/amd64:10.0.20348.1', 'windows/amd64:10.0.2034'];

describe('choosePlatform', () => {
  const cases: readonly (readonly [string | undefined, readonly string[], string | undefined])[] = [
    ['linux/amd64', ['linux/arm64', 'linux/amd64'], 'linux/amd64'],
    ['linux/arm64', ['linux/amd64', 'linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/arm64/v8', ['linux/amd64', 'linux/arm64'], 'linux/arm64'],
    ['linux/arm64', ['linux/arm64/v9', 'linux/arm64'], 'linux/arm64'],
    ['linux/arm64/v9', ['linux/arm64', 'linux/amd64'], 'linux/arm64'],
    ['linux/x86_64', ['linux/arm64', 'linux/amd64'], 'linux/amd64'],
    ['linux/arm/v7', ARMS, 'linux/arm/v7'],
    ['linux/arm', ARMS, 'linux/arm/v7'],
    ['linux/arm/v6', ARMS, 'linux/arm/v6'],
    ['linux/arm/v7', ['linux/arm/v8', 'linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v6'],
    ['linux/arm/v5', ['linux/amd64', 'linux/arm/v6'], 'linux/amd64'],
    ['linux/amd64', LEVELS, 'linux/amd64'],
    ['linux/amd64/v4', LEVELS, 'linux/amd64/v3'],
    ['linux/amd64', ['linux/amd64/v3', 'linux/amd64/v2'], 'linux/amd64/v2'],
    ['linux/amd64/odd', ['linux/arm64', 'linux/amd64/odd'], 'linux/amd64/odd'],
    ['windows/amd64', WINDOWS, WINDOWS[0]],
    ['windows/amd64:10.0.20348', WINDOWS, WINDOWS[1]],
    ['windows/amd64:10.0.20348.1', WINDOWS, WINDOWS[1]],
    [
      'linux/amd64',
      ['attestation', 'chart', 'unknown/unknown', 'nothing said', 'linux/s390x'],
      'linux/s390x',
    ],
    ['linux/amd64', ['windows/amd64', 'linux/s390x'], 'linux/s390x'],
    ['linux/amd64', ['windows/amd64', 'darwin/arm64'], 'windows/amd64'],
    ['linux/amd64', ['linux/arm64', 'index'], 'index'],
    ['linux/amd64', ['index', 'linux/amd64'], 'linux/amd64'],
    ['linux/amd64', ['attestation', 'unknown/unknown', 'nothing said', 'chart'], undefined],
    ['linux/amd64', [], undefined],
    [undefined, ['attestation', 'index', 'linux/s390x', 'linux/amd64'], 'linux/s390x'],
    [undefined, ['unknown/unknown', 'index'], 'index'],
  ];
  for (const [wanted, entries, chosen] of cases) {
    test(`${wanted ?? 'any'} of ${entries.join(', ')}`, () => {
      const index = indexOf(entries);
      const found = choosePlatform(index, wanted === undefined ? undefined : parsePlatform(wanted));
      const expected = chosen === undefined ? undefined : index.manifests[entries.indexOf(chosen)];
      assert.deepEqual(found, expected);
    });
  }
});

test('findPlatform takes nothing else than what is wanted', () => {
  const cases: readonly (readonly [string, readonly string[], string | undefined])[] = [
    ['linux/arm/v7', ARMS, 'linux/arm/v7'],
    ['linux/arm/v5', ['linux/arm/v6', 'linux/amd64'], undefined],
    ['linux/arm64', ['linux/amd64', 'index'], undefined],
    ['linux/amd64', ['attestation', 'nothing said', 'chart'], undefined],
    ['windows/amd64:10.0.20348', WINDOWS, WINDOWS[1]],
  ];
  for (const [wanted, entries, chosen] of cases) {
    const index = indexOf(entries);
    const expected = chosen === undefined ? undefined : index.manifests[entries.indexOf(chosen)];
    assert.deepEqual(findPlatform(index, parsePlatform(wanted)), expected);
  }
});

test('isBesideImages', () => {
  const texts = ['attestation', 'unknown/unknown', 'linux/unknown', 'linux/amd64', 'nothing said', 'index'];
  const beside = indexOf(texts).manifests.map(isBesideImages);
  assert.deepEqual(beside, [true, true, true, false, false, false]);
});

import assert from 'node:assert/strict';
import { buildImage, buildIndex, type BuiltImage } from '../../src/testing/index.ts';

/** An index of two images with annotations of both, three layers of which two are one, and labels that need escapes. */
export function knownImage(): BuiltImage {
  const layer = { bytes: Buffer.alloc(1000, 'a'), mediaType: 'application/vnd.oci.image.layer.v1.tar' };
  const child = (architecture: string): BuiltImage =>
    buildImage({
      platforms: [{ os: 'linux', architecture }],
      layers: [layer, { ...layer, bytes: Buffer.alloc(1000, 'b') }, layer],
      labels: { 'dev.chainguard.package.main': 'nginx', quoted: 'a "b" \\ c\nd é' },
      annotations: { 'org.opencontainers.image.title': `of ${architecture}` },
    });
  return buildIndex(
    ['arm64', 'amd64'].map((architecture) => ({
      image: child(architecture),
      platform: { os: 'linux', architecture },
    })),
    { annotations: { 'org.opencontainers.image.title': 'of the index', 'index.only': 'from index' } },
  );
}

/** The size of the config that the amd64 manifest of `knownImage` names. */
export function configSize({ blobs }: BuiltImage): number {
  const configs = blobs.map(({ bytes }) => Buffer.from(bytes)).filter((bytes) => bytes.includes('"rootfs"'));
  const found = configs.find((bytes) => bytes.includes('"architecture":"amd64"'));
  assert.ok(found);
  return found.length;
}

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { buildImage, type BuiltImage } from '../../src/testing/index.ts';
import type { World } from './world.ts';

/** One promise of the command, kept on every registry. */
export interface Case {
  readonly name: string;
  readonly run: (world: World, t: TestContext) => Promise<void>;
}

/** An image that no other seed gives. */
export function imageOf(seed: number): BuiltImage {
  return buildImage({ layers: [{ seed, size: 2000 }] });
}

/** A small image of two platforms, with BuildKit's attestations. */
export function multiPlatform(seed: number): BuiltImage {
  return buildImage({
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ],
    layers: ({ architecture }) => [{ seed, size: 3000 }, { files: { 'etc/architecture': architecture } }],
    attestations: true,
  });
}

/** A Pod with one container per image. */
export function pod(...images: readonly string[]): string {
  const containers = images.map((image, index) => `  - name: c${index}\n    image: ${image}\n`);
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: pod # kept\nspec:\n  containers:\n${containers.join('')}`;
}

/** Every manifest and blob of an image is in a repository, byte for byte, under a tag if there is one. */
export async function assertHolds(
  world: World,
  path: string,
  tag: string | undefined,
  image: BuiltImage,
): Promise<void> {
  if (tag !== undefined) assert.equal((await world.held(path, tag))?.digest, image.root.digest);
  for (const { digest, bytes, mediaType } of image.manifests) {
    const held = await world.held(path, digest);
    assert.deepEqual(held, { digest, mediaType, bytes: Buffer.from(bytes) });
  }
  for (const { digest, bytes } of image.blobs) {
    assert.deepEqual(await world.blob(path, digest), Buffer.from(bytes));
  }
}

import {
  type BuiltImage,
  buildImage,
  type EmbeddedRegistry,
  startRegistry,
} from '../../src/testing/index.ts';
import type { ImageOptions, RegistryOptions } from '../../src/testing/index.ts';
import { TestClient, type TestClientOptions } from './client.ts';

/** Bytes above which a blob is not sent without asking. */
export const LARGE = 100_000;

export const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
] as const;

/** A registry to copy from, one to copy to, and a client between them. */
export interface Sides {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly subject: TestClient;
}

export interface SidesOptions {
  readonly source?: RegistryOptions;
  readonly target?: RegistryOptions;
  readonly client?: TestClientOptions;
}

export async function withSides(
  body: (sides: Sides) => Promise<void>,
  options: SidesOptions = {},
): Promise<void> {
  await using source = await startRegistry(options.source);
  await using target = await startRegistry(options.target);
  using subject = new TestClient(options.client);
  await body({ source, target, subject });
}

/** What a registry lacks of an image, by digest; empty when all is there and under the tag. */
export function missing(
  { store }: EmbeddedRegistry,
  path: string,
  tag: string | undefined,
  image: BuiltImage,
): string[] {
  const lacking = [
    ...image.manifests.filter(({ digest }) => !store.manifest(path, digest)),
    ...image.blobs.filter(({ digest }) => !store.hasBlob(path, digest)),
  ].map(({ digest }): string => digest);
  if (tag !== undefined && store.manifest(path, tag)?.digest !== image.root.digest)
    lacking.push(`tag ${tag}`);
  return lacking;
}

/** An image with a large layer of its own on a large base that others have too. */
export function appOn(base: number, own: number, options: ImageOptions = {}): BuiltImage {
  return buildImage({
    ...options,
    layers: [
      { seed: base, size: LARGE },
      { seed: own, size: LARGE },
    ],
  });
}

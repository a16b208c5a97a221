import type { Digest } from '../src/oci/index.ts';
import { MEDIA_TYPE } from '../src/oci/index.ts';
import { buildImage, type BuiltImage, putImage, type RegistryStore } from '../src/testing/index.ts';

/** A registry that has all images of another one, each with its own digest: how they are spread over repositories. */
export type RelocatedSeed = 'ten tags each' | 'one tag each';

/** An image where it was brought to. */
interface Relocated {
  /** What it was called, and still is in manifests. */
  readonly source: string;
  readonly repository: string;
  /** The hex digits of its digest, as the default template has it. */
  readonly tag: string;
  readonly image: BuiltImage;
}

export const RELOCATED = 10_000;

const TAGS = { 'ten tags each': 10, 'one tag each': 1 } as const;
const OLD_HOST = 'registry.example.com';
const LAYER = [{ bytes: Buffer.from('the only layer'), mediaType: MEDIA_TYPE.ociLayer }];

export function isRelocated(seed: string): seed is RelocatedSeed {
  return Object.hasOwn(TAGS, seed);
}

/** Puts all the images into a store. */
export function putRelocated(store: RegistryStore, seed: RelocatedSeed): void {
  for (const { repository, tag, image } of relocated(seed, RELOCATED))
    putImage(store, repository, tag, image);
}

/** The mapping of the first `count` images in a registry, as our command writes it. */
export function relocatedMapping(host: string, seed: RelocatedSeed, count = RELOCATED): string {
  const entries: Record<string, { readonly tag: string; readonly digest: Digest }> = {};
  for (const { source, repository, tag, image } of relocated(seed, count)) {
    entries[source] = { tag: `${host}/${repository}:${tag}`, digest: image.root.digest };
  }
  return JSON.stringify(entries);
}

/** The first `count` images in a registry, each by its digest. */
export function relocatedImages(host: string, seed: RelocatedSeed, count: number): readonly string[] {
  return [...relocated(seed, count)].map(
    ({ repository, image }) => `${host}/${repository}@${image.root.digest}`,
  );
}

/** In the order of their old names. */
function* relocated(seed: RelocatedSeed, count: number): Generator<Relocated> {
  for (let index = 0; index < count; index++) {
    const number = String(Math.floor(index / TAGS[seed])).padStart(5, '0');
    const path = `team-${number.slice(0, 3)}/app-${number}`;
    const image = buildImage({ layers: LAYER, labels: { number: String(index) } });
    yield {
      source: `${OLD_HOST}/${path}:1.${index % TAGS[seed]}.0`,
      repository: `mirror/${OLD_HOST}/${path}`,
      tag: image.root.digest.replace('sha256:', ''),
      image,
    };
  }
}

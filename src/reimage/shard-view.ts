import { type Digest, formatReference, type Repository } from '../oci/index.ts';
import type { PlannedImage } from './plan.ts';
import type { Target } from './rename.ts';
import { digestNumber, type Shard, shardOf } from './shard.ts';

/** An image that its target does not have, whichever shard is to copy it. */
export interface MissingImage {
  readonly planned: PlannedImage;
  readonly target: Target;
  readonly shard: number;
  /** The numbers of its blobs; empty where its manifests cannot be read. */
  readonly blobs: Float64Array;
}

/** Images that targets do not have, with the target of each, in the order in which every shard goes through them. */
export function missingImages(
  images: readonly PlannedImage[],
  { count }: Shard,
): readonly Omit<MissingImage, 'blobs'>[] {
  return images
    .flatMap((planned) => {
      const { target, digest, action } = planned;
      if (!target || action !== 'copy') return [];
      const order = `${digest} ${formatReference(target.reference)}`;
      return [{ planned, target, shard: shardOf(digest, count), order }];
    })
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ planned, target, shard }) => ({ planned, target, shard }));
}

/**
 * Which shards bring which blobs to a host. A blob that images of several shards have belongs to that of the first of these
 * images; each shard that has it brings it first to the target of its own first image, its home, where others look for it.
 * Shards that start at different times see different images missing; where that makes a difference to a blob, the
 * image that is not missing any more has it.
 */
export class ShardView {
  readonly #missing: readonly MissingImage[];
  /** By registry and number of a blob: its homes, as places in the list; a single one while only one shard has it. */
  readonly #homes = new Map<string, Map<number, number | readonly number[]>>();

  /** `missing` is in order. */
  constructor(missing: readonly MissingImage[]) {
    this.#missing = missing;
    for (const [place, image] of missing.entries()) {
      const homes = this.#homesOn(image.target.reference.repository.registry);
      for (const blob of image.blobs) {
        const known = homes.get(blob);
        if (known === undefined) homes.set(blob, place);
        else {
          const places = typeof known === 'number' ? [known] : known;
          if (places.every((other) => missing[other]?.shard !== image.shard))
            homes.set(blob, [...places, place]);
        }
      }
    }
  }

  /** True for a blob of a missing image. */
  has(registry: string, blob: number): boolean {
    return this.#homes.get(registry)?.has(blob) === true;
  }

  /** The homes of a blob, its owner's first; none for one that a single shard has. */
  homes(registry: string, blob: number): readonly MissingImage[] {
    const places = this.#homes.get(registry)?.get(blob);
    if (places === undefined || typeof places === 'number') return [];
    return places.flatMap((place) => this.#missing[place] ?? []);
  }

  /** The repository that a shard brings a blob to first, where others have it too. */
  homeOf(shard: number, registry: string, digest: Digest): Repository | undefined {
    const home = this.homes(registry, digestNumber(digest)).find((image) => image.shard === shard);
    return home?.target.reference.repository;
  }

  /** Whether a blob of an image belongs to a shard that shares it with others. */
  owns(shard: number, { target }: MissingImage, blob: number): boolean {
    return this.homes(target.reference.repository.registry, blob)[0]?.shard === shard;
  }

  /** Whether an image needs blobs that belong to other shards than its own. */
  isLate(image: MissingImage): boolean {
    const { registry } = image.target.reference.repository;
    return image.blobs.some((blob) => {
      const [owner] = this.homes(registry, blob);
      return owner !== undefined && owner.shard !== image.shard;
    });
  }

  #homesOn(registry: string): Map<number, number | readonly number[]> {
    let homes = this.#homes.get(registry);
    if (!homes) {
      homes = new Map();
      this.#homes.set(registry, homes);
    }
    return homes;
  }
}

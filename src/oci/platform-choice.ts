import type { Descriptor, IndexManifest } from './manifest.ts';
import { isImageType, isIndexType } from './media-type.ts';
import { normalisePlatform, type Platform, variantLevel } from './platform.ts';

/** BuildKit puts provenance and SBOMs into indexes as if they were images, marked by this annotation. */
const REFERENCE_TYPE = 'vnd.docker.reference.type';

/**
 * The entry of an index to go on with: the best one of the wanted platform, else an index inside that may have it,
 * else the first image that could run, of the same system if there is one. Undefined where nothing runs. Variant and
 * version of the system count only where they are wanted; of lower variants the highest is the best.
 */
export function choosePlatform(index: IndexManifest, wanted: Platform | undefined): Descriptor | undefined {
  const runnable = index.manifests.filter(isRunnable);
  const images = runnable.filter(({ platform }) => platform !== undefined);
  if (wanted === undefined) return images[0] ?? runnable[0];
  const platform = normalisePlatform(wanted);
  const nested = runnable.find(({ platform: own }) => own === undefined);
  const sameSystem = images.find((image) => normalised(image)?.os === platform.os);
  return best(images, platform) ?? nested ?? sameSystem ?? images[0];
}

/** The best entry of the wanted platform, as `choosePlatform` has it; undefined where no image is of that. */
export function findPlatform(
  index: Pick<IndexManifest, 'manifests'>,
  wanted: Platform,
): Descriptor | undefined {
  const images = index.manifests.filter((entry) => isRunnable(entry) && entry.platform !== undefined);
  return best(images, normalisePlatform(wanted));
}

/** True for attestations and what is for no platform that exists: never to be run. */
export function isBesideImages({ platform, annotations }: Descriptor): boolean {
  if (annotations?.[REFERENCE_TYPE] !== undefined) return true;
  return platform !== undefined && (platform.os === 'unknown' || platform.architecture === 'unknown');
}

/** Only an index may say nothing of its platform: there it is said inside. */
function isRunnable(entry: Descriptor): boolean {
  const { mediaType, platform } = entry;
  if (isBesideImages(entry)) return false;
  if (platform === undefined) return isIndexType(mediaType);
  return mediaType === '' || isImageType(mediaType) || isIndexType(mediaType);
}

function best(images: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  let found: Descriptor | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const image of images) {
    const own = normalised(image);
    const fit = own === undefined ? undefined : fitness(own, wanted);
    if (fit === undefined || fit <= highest) continue;
    found = image;
    highest = fit;
  }
  return found;
}

/** How well a platform serves one that is wanted, more is better; undefined where it does not. */
function fitness(own: Platform, wanted: Platform): number | undefined {
  if (own.os !== wanted.os || own.architecture !== wanted.architecture) return undefined;
  const version = own.osVersion ?? '';
  // Windows counts its updates in a fourth number, which nobody asks for.
  if (wanted.osVersion !== undefined && !`${version}.`.startsWith(`${wanted.osVersion}.`)) return undefined;
  if (own.variant === wanted.variant) return Number.POSITIVE_INFINITY;
  const [has, wants] = [variantLevel(own), variantLevel(wanted)];
  if (has !== undefined && wants !== undefined && has <= wants) return has;
  // Nobody asked for a variant: a demanding one is better than none at all, the least demanding first.
  return wanted.variant === undefined ? -1 - (has ?? 0) : undefined;
}

function normalised({ platform }: Descriptor): Platform | undefined {
  return platform && normalisePlatform(platform);
}

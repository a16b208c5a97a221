import { type ImageSite, type ManifestFile, type ParsedManifest, parseManifest } from '../manifest/index.ts';
import { parseReference, type Reference } from '../oci/index.ts';
import { type Failure, failureAt, failureOf } from './failure.ts';
import type { RunOptions } from './options.ts';
import { unmatchedFailures, unmatchedWarnings } from './unmatched.ts';

/** One image as written, and every place that says so. */
export interface FoundImage {
  readonly text: string;
  readonly reference: Reference;
  readonly sites: readonly ImageSite[];
}

/** What is in the manifests. */
export interface Found {
  readonly manifests: readonly ParsedManifest[];
  /** In the order of their first place. */
  readonly images: readonly FoundImage[];
  /** Texts that `-ignore` matches, with their places. */
  readonly ignored: ReadonlyMap<string, readonly ImageSite[]>;
  readonly failures: readonly Failure[];
  /** What may be missing in all this. */
  readonly warnings: readonly string[];
}

/** Reads all manifests and finds their images, each text once. */
export function findImages(
  files: readonly ManifestFile[],
  {
    rules,
    input,
    ignore,
    failOnUnmatched,
  }: Pick<RunOptions, 'rules' | 'input' | 'ignore' | 'failOnUnmatched'>,
): Found {
  const failures: Failure[] = [];
  const manifests: ParsedManifest[] = [];
  for (const file of files) {
    try {
      manifests.push(parseManifest(file, { rules, input }));
    } catch (error) {
      failures.push(failureOf(error));
    }
  }
  const sites = new Map<string, ImageSite[]>();
  for (const manifest of manifests) {
    failures.push(
      ...manifest.problems.map((problem) => ({ message: problem.message, cause: undefined, place: problem })),
    );
    for (const site of manifest.sites) {
      const others = sites.get(site.image);
      if (others) others.push(site);
      else sites.set(site.image, [site]);
    }
  }
  const images: FoundImage[] = [];
  const ignored = new Map<string, readonly ImageSite[]>();
  for (const [text, places] of sites) {
    if (ignore?.test(text) === true) {
      ignored.set(text, places);
      continue;
    }
    try {
      images.push({ text, reference: parseReference(text), sites: places });
    } catch (error) {
      failures.push(failureAt(places, error));
    }
  }
  const unmatched = manifests
    .flatMap((manifest) => manifest.unmatched)
    .filter(({ image }) => ignore?.test(image) !== true && isReference(image));
  if (failOnUnmatched) failures.push(...unmatchedFailures(unmatched));
  return {
    manifests,
    images,
    ignored,
    failures,
    warnings: failOnUnmatched ? [] : unmatchedWarnings(unmatched),
  };
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    return false;
  }
}

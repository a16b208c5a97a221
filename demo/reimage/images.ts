import { NameError, parseReference, type Reference } from '../../src/oci/index.ts';
import { isObject, list, member } from '../json.ts';

/** An image as the manifests write it. */
export interface Image {
  readonly reference: Reference;
  /** Where it is written; a file as often as it is there. */
  readonly files: readonly string[];
}

/** Reads what `reimage -plan` prints. Names that are none are left for the real run to complain about. */
export function readPlan(json: string): readonly Image[] {
  const found: Image[] = [];
  for (const entry of list(member(JSON.parse(json), 'images'))) {
    try {
      const reference = parseReference(String(member(entry, 'image')));
      const files = list(member(entry, 'places')).map((place) => String(member(place, 'file')));
      found.push({ reference, files });
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
    }
  }
  return found;
}

/** What an image became. */
export interface Mapped {
  readonly from: string;
  readonly tag: string;
  readonly digest: string;
}

/** Reads the mapping file that `reimage` wrote. */
export function readMapping(json: string): readonly Mapped[] {
  const mapping: unknown = JSON.parse(json);
  return Object.entries(isObject(mapping) ? mapping : {}).map(([from, entry]) => ({
    from,
    tag: String(member(entry, 'tag')),
    digest: String(member(entry, 'digest')),
  }));
}

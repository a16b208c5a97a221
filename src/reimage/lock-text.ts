import { parseReference } from '../oci/index.ts';
import type { Mapping, MappingEntry } from './mapping.ts';
import { pinnedText } from './rename.ts';

/** What Go's YAML takes for something else than text, as far as names of images can look like it. */
const NO_TEXT = [
  /^(?:y|yes|n|no|on|off|true|false|null)$/i,
  // Numbers, with underscores, in any base, and in base 60.
  /^[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?$/,
  /^0(?:b[01_]+|o[0-7_]+|x[0-9a-f_]+)$/,
  /^[0-9][0-9_]*(?::[0-5]?[0-9])+$/,
  // Dates.
  /^\d{4}-\d\d?-\d\d?$/,
];

/** An image's name as a YAML scalar, quoted only where it must be, as Go's YAML does. */
export function yamlText(text: string): string {
  if (NO_TEXT.some((form) => form.test(text))) return `"${text}"`;
  return text.startsWith('[') ? `'${text}'` : text;
}

/** The target of an entry by digest alone, as the neighbours want it. */
export function pinned({ tag, digest }: MappingEntry): string {
  return pinnedText(parseReference(tag).repository, digest, undefined);
}

/** The entries of a mapping in the order of their bytes. */
export function sorted(mapping: Mapping): readonly (readonly [image: string, entry: MappingEntry])[] {
  // Names of images are ASCII, where code units are bytes.
  return [...mapping].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

import type { Node } from '../manifest/index.ts';
import type { LockReader } from './lock-reader.ts';
import { pinned, sorted, yamlText } from './lock-text.ts';
import type { Mapping } from './mapping.ts';

/** The version of kbld's documents. */
export const KBLD_VERSION = 'kbld.k14s.io/v1alpha1';

/** Kinds of kbld's documents; all have the same fields. */
const KINDS = ['Config', 'Sources', 'ImageOverrides', 'ImageDestinations', 'ImageKeys'];

/** Whether a document of kbld's version is one of its configuration. */
export function isKbldKind(kind: string | undefined): boolean {
  return kind !== undefined && KINDS.includes(kind);
}

/**
 * Reads the overrides of a document that `kbld --lock-output` wrote; what says how images are built, pushed or found
 * is none of ours. Throws `MappingError`.
 */
export function readKbldLock(reader: LockReader, root: Node): void {
  for (const [index, node] of reader.list(root, 'overrides').entries()) {
    const entry = `override ${index + 1}`;
    const image = reader.text(node, 'image', entry);
    if (image === undefined || image === '') {
      const repository = reader.text(node, 'imageRepo', entry);
      reader.fail(
        node,
        repository === undefined
          ? `${entry} has no image`
          : `${entry} is for all images of ${repository}: a mapping has one entry for each image`,
      );
    }
    const newImage = reader.text(node, 'newImage', `${entry}, image "${image}"`);
    if (newImage === undefined) reader.fail(node, `${entry}, image "${image}", has no newImage`);
    reader.add(node, image, newImage);
  }
}

/** Prints a mapping as `kbld --lock-output` does; images are sorted and pinned at their targets. */
export function formatKbldLock(mapping: Mapping): string {
  const overrides = sorted(mapping).map(
    ([image, entry]) =>
      `- image: ${yamlText(image)}\n  newImage: ${yamlText(pinned(entry))}\n  preresolved: true\n`,
  );
  const list = overrides.length === 0 ? '' : `overrides:\n${overrides.join('')}`;
  return `apiVersion: ${KBLD_VERSION}\nkind: Config\n${list}`;
}

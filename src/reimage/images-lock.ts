import type { Node } from '../manifest/index.ts';
import type { LockReader } from './lock-reader.ts';
import { pinned, sorted, yamlText } from './lock-text.ts';
import type { Mapping } from './mapping.ts';

/** The version of imgpkg's documents. */
export const IMGPKG_VERSION = 'imgpkg.carvel.dev/v1alpha1';

/** The annotation that has the image as manifests write it. */
const ID = 'kbld.carvel.dev/id';

/** Reads the images of an ImagesLock; one without kbld's annotation is called as it is pinned. Throws `MappingError`. */
export function readImagesLock(reader: LockReader, root: Node): void {
  for (const [index, node] of reader.list(root, 'images').entries()) {
    const entry = `image ${index + 1}`;
    const image = reader.text(node, 'image', entry);
    if (image === undefined) reader.fail(node, `${entry} has no image`);
    const annotations = reader.tree.get(node, 'annotations');
    const id = annotations === undefined ? undefined : reader.text(annotations, ID, entry);
    reader.add(node, id ?? image, image);
  }
}

/** Prints a mapping as imgpkg does; images are sorted and pinned at their targets, and annotated for kbld. */
export function formatImagesLock(mapping: Mapping): string {
  const images = sorted(mapping).map(
    ([image, entry]) =>
      `- annotations:\n    ${ID}: ${yamlText(image)}\n  image: ${yamlText(pinned(entry))}\n`,
  );
  const list = images.length === 0 ? '' : `images:\n${images.join('')}`;
  return `---\napiVersion: ${IMGPKG_VERSION}\n${list}kind: ImagesLock\n`;
}

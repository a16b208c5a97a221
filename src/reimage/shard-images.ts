import { type Descriptor, type Digest, isForeignLayerType, isImageType, isIndexType } from '../oci/index.ts';
import type { FetchedManifest } from '../registry/index.ts';

/** Reads a manifest of one repository; rejects where there is none. */
export type ReadManifest = (digest: Digest) => Promise<FetchedManifest>;

/** The blobs that a copy of an image brings along, each once. Rejects when a manifest of it cannot be read. */
export async function blobsOf(read: ReadManifest, root: Digest): Promise<readonly Descriptor[]> {
  const blobs = new Map<Digest, Descriptor>();
  const collect = async (digest: Digest): Promise<void> => {
    const { manifest } = await read(digest);
    if (manifest.kind === 'index') await Promise.all(manifest.manifests.map(child));
    else if (manifest.kind === 'image') {
      for (const blob of [manifest.config, ...manifest.layers]) {
        if (!isForeignLayerType(blob.mediaType) && blob.urls === undefined) blobs.set(blob.digest, blob);
      }
    }
  };
  const child = async (descriptor: Descriptor): Promise<void> => {
    if (isIndexType(descriptor.mediaType) || isImageType(descriptor.mediaType)) {
      await collect(descriptor.digest);
      return;
    }
    try {
      await collect(descriptor.digest);
    } catch {
      // An entry of unknown type may be either.
      blobs.set(descriptor.digest, descriptor);
    }
  };
  await collect(root);
  return [...blobs.values()];
}

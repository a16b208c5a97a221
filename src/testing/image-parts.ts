import { type Descriptor, type Digest, digestOf, MEDIA_TYPE } from '../oci/index.ts';
import { noise } from './noise.ts';
import type { RegistryStore } from './store.ts';
import { gzipStored, type TarFile, tarOf } from './tar.ts';

export interface BuiltBlob {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

export interface BuiltManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Content as values: what a tag points to, with all that hangs on it. */
export interface BuiltImage {
  readonly root: BuiltManifest;
  /** Children before parents, the root last. */
  readonly manifests: readonly BuiltManifest[];
  readonly blobs: readonly BuiltBlob[];
}

export interface BuiltLayer {
  readonly descriptor: Descriptor;
  /** Digest of what is compressed in it. */
  readonly diffId: Digest;
  /** Undefined for a foreign layer, which no registry keeps. */
  readonly blob: BuiltBlob | undefined;
}

/**
 * A layer: one file of noise; the files named; bytes as they are; or a foreign layer, which lies only
 * under its URLs.
 */
export type LayerSpec =
  | { readonly seed: number; readonly size: number }
  | { readonly files: Readonly<Record<string, string>> }
  | { readonly bytes: Uint8Array; readonly mediaType: string }
  | { readonly foreign: readonly string[]; readonly seed: number; readonly size: number };

export type ImageFormat = 'oci' | 'docker';

export function buildLayer(spec: LayerSpec, format: ImageFormat): BuiltLayer {
  if ('bytes' in spec) {
    const digest = digestOf(spec.bytes);
    const blob = { digest, bytes: spec.bytes };
    return {
      descriptor: { mediaType: spec.mediaType, digest, size: spec.bytes.length },
      diffId: digest,
      blob,
    };
  }
  const tar = tarOf(filesOf(spec));
  const bytes = gzipStored(tar);
  const digest = digestOf(bytes);
  const common = { diffId: digestOf(tar), blob: { digest, bytes } };
  if ('foreign' in spec) {
    const mediaType = MEDIA_TYPE.dockerForeignLayer;
    return {
      ...common,
      blob: undefined,
      descriptor: { mediaType, digest, size: bytes.length, urls: spec.foreign },
    };
  }
  const mediaType = format === 'oci' ? MEDIA_TYPE.ociLayerGzip : MEDIA_TYPE.dockerLayerGzip;
  return { ...common, descriptor: { mediaType, digest, size: bytes.length } };
}

/** A manifest of a JSON value. */
export function buildManifest(mediaType: string, value: Readonly<Record<string, unknown>>): BuiltManifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value }));
  return { digest: digestOf(bytes), mediaType, bytes };
}

/** The descriptor that points to an image. */
export function descriptorOf({ root }: BuiltImage): Descriptor {
  return { mediaType: root.mediaType, digest: root.digest, size: root.bytes.length };
}

export function blobOf(bytes: Uint8Array): BuiltBlob {
  return { digest: digestOf(bytes), bytes };
}

/** Puts an image with all its parts into a repository, under a tag if there is one. */
export function putImage(
  store: RegistryStore,
  repository: string,
  tag: string | undefined,
  { root, manifests, blobs }: BuiltImage,
): void {
  for (const { digest, bytes } of blobs) store.putBlob(repository, bytes, digest);
  for (const manifest of manifests) {
    store.putManifest(repository, manifest, manifest === root && tag !== undefined ? [tag] : []);
  }
}

function filesOf(
  spec: { readonly seed: number; readonly size: number } | { readonly files: object },
): TarFile[] {
  if ('files' in spec) {
    return Object.entries(spec.files).map(([name, text]) => ({ name, bytes: Buffer.from(String(text)) }));
  }
  return [{ name: `noise-${spec.seed}`, bytes: noise(spec.seed, spec.size) }];
}

import type { Descriptor, Digest, Manifest, Reference } from '../oci/index.ts';
import type { Keychain } from '../registry/index.ts';

/** What is asked for in a repository; where both are given the digest decides. */
export type Wanted = Pick<Reference, 'tag' | 'digest'>;

/** A manifest as a registry sent it, verified. */
export interface ReadManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifest: Manifest;
}

/** One repository, read with the credentials of those that pull from it. All methods throw `RegistryError`, or the signal's reason. */
export interface ImageReader {
  /** What a tag or digest points at, by HEAD where the registry allows; undefined when there is nothing. */
  resolve(wanted: Wanted, signal: AbortSignal): Promise<{ readonly digest: Digest } | undefined>;
  /** The manifest itself, verified; undefined when there is none. */
  manifest(wanted: Wanted, signal: AbortSignal): Promise<ReadManifest | undefined>;
  /** A blob of at most `limit` bytes, verified. */
  blob(descriptor: Descriptor, limit: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** What the refresh needs of a registry client. */
export interface Registry {
  reader(reference: Reference, options: { readonly keychain: Keychain }): ImageReader;
}

import {
  type Digest,
  digestAlgorithm,
  type DigestAlgorithm,
  digestOf,
  isDigest,
  type Manifest,
  parseManifest,
} from '../oci/index.ts';
import { createHash } from 'node:crypto';
import { type BlobSource, bytesSource } from './blob-source.ts';

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** What the bytes say; undefined when they are no manifest. */
  readonly parsed: Manifest | undefined;
}

interface RepositoryContent {
  readonly blobs: Set<Digest>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

/** The content of a registry, to be filled and read without HTTP; it believes what it is given. */
export class RegistryStore {
  readonly #blobs = new Map<Digest, BlobSource>();
  readonly #repositories = new Map<string, RepositoryContent>();

  /** Puts a blob into a repository; one without a digest is read once to find it. */
  putBlob(repository: string, content: Uint8Array | BlobSource, digest?: Digest): Digest {
    const source = content instanceof Uint8Array ? bytesSource(content) : content;
    const key = digest ?? digestOfSource(source, 'sha256');
    this.#blobs.set(key, source);
    this.#content(repository).blobs.add(key);
    return key;
  }

  /** Makes a blob of the registry one of a repository too; false when the registry does not have it. */
  linkBlob(repository: string, digest: Digest): boolean {
    if (!this.#blobs.has(digest)) return false;
    this.#content(repository).blobs.add(digest);
    return true;
  }

  blob(repository: string, digest: Digest): BlobSource | undefined {
    return this.hasBlob(repository, digest) ? this.#blobs.get(digest) : undefined;
  }

  /** A blob of any repository. */
  anyBlob(digest: Digest): BlobSource | undefined {
    return this.#blobs.get(digest);
  }

  hasBlob(repository: string, digest: Digest): boolean {
    return this.#repositories.get(repository)?.blobs.has(digest) ?? false;
  }

  deleteBlob(repository: string, digest: Digest): boolean {
    return this.#repositories.get(repository)?.blobs.delete(digest) ?? false;
  }

  putManifest(
    repository: string,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string; readonly digest?: Digest },
    tags: readonly string[] = [],
  ): Digest {
    const { bytes, mediaType } = manifest;
    const digest = manifest.digest ?? digestOf(bytes);
    const content = this.#content(repository);
    content.manifests.set(digest, { digest, mediaType, bytes, parsed: parsed(bytes, mediaType) });
    for (const tag of tags) content.tags.set(tag, digest);
    return digest;
  }

  /** Looks a manifest up by tag or digest. */
  manifest(repository: string, reference: string): StoredManifest | undefined {
    const content = this.#repositories.get(repository);
    const digest = isDigest(reference) ? reference : content?.tags.get(reference);
    return digest === undefined ? undefined : content?.manifests.get(digest);
  }

  manifests(repository: string): readonly StoredManifest[] {
    return [...(this.#repositories.get(repository)?.manifests.values() ?? [])];
  }

  /** Removes a manifest and its tags. */
  deleteManifest(repository: string, digest: Digest): boolean {
    const content = this.#repositories.get(repository);
    for (const [tag, target] of content?.tags ?? []) if (target === digest) content?.tags.delete(tag);
    return content?.manifests.delete(digest) ?? false;
  }

  deleteTag(repository: string, tag: string): boolean {
    return this.#repositories.get(repository)?.tags.delete(tag) ?? false;
  }

  /** The tags of a repository in order; undefined when there is no such repository. */
  tags(repository: string): readonly string[] | undefined {
    const content = this.#repositories.get(repository);
    return content && [...content.tags.keys()].toSorted();
  }

  repositories(): readonly string[] {
    return [...this.#repositories.keys()].toSorted();
  }

  clear(): void {
    this.#blobs.clear();
    this.#repositories.clear();
  }

  #content(repository: string): RepositoryContent {
    const existing = this.#repositories.get(repository);
    if (existing) return existing;
    const content = { blobs: new Set<Digest>(), manifests: new Map(), tags: new Map() };
    this.#repositories.set(repository, content);
    return content;
  }
}

/** The digest of a blob, read piece by piece. */
export function digestOfSource(source: BlobSource, algorithm: DigestAlgorithm): Digest {
  const hash = createHash(algorithm);
  for (const piece of source.read(0, source.size)) hash.update(piece);
  return `${algorithm}:${hash.digest('hex')}`;
}

/** Whether bytes are what a digest of either algorithm says. */
export function isDigestOf(digest: Digest, bytes: Uint8Array): boolean {
  return digestOf(bytes, digestAlgorithm(digest)) === digest;
}

function parsed(bytes: Uint8Array, mediaType: string): Manifest | undefined {
  try {
    return parseManifest(bytes, mediaType);
  } catch {
    return undefined;
  }
}

import type { Digest } from '../oci/index.ts';
import { RegistryError } from './errors.ts';
import { type Found, ImageReader } from './image-reader.ts';
import { listTags } from './listing.ts';
import type { Origin } from './origin.ts';
import type { BlobDescriptor, FetchedManifest, Resolved, TagOrDigest } from './pull.ts';
import { Recent } from './recent.ts';

/** Longest list of tags that is read to find signatures, in pages. */
const MAX_TAG_PAGES = 10;
/** Manifests of one repository that are kept. */
const MOST_MANIFESTS = 500;

/** One repository to read from: its mirrors in order, then the registry; what was read of late is kept. */
export class PullSource {
  readonly #reader: ImageReader;
  readonly #signal: AbortSignal;
  readonly #manifests = new Recent<Promise<FetchedManifest>>(MOST_MANIFESTS);
  #tags: Promise<readonly string[] | undefined> | undefined;
  #answered: Origin | undefined;

  /** `signal` ends reads that several images share. */
  constructor(reader: ImageReader, signal: AbortSignal) {
    this.#reader = reader;
    this.#signal = signal;
  }

  /** The registry itself. */
  get primary(): Origin {
    return this.#reader.primary;
  }

  /** Where the content came from: what is attached to it is looked for there, as the registry itself may be out of reach. */
  get answering(): Origin {
    return this.#answered ?? this.primary;
  }

  /** Looks a tag or digest up at the first origin that has it; undefined where none does. Throws `RegistryError`. */
  async resolve(wanted: TagOrDigest, signal: AbortSignal): Promise<Found<Resolved> | undefined> {
    return this.#note(await this.#reader.resolve(wanted, signal));
  }

  /** The manifest of a digest, verified. Throws `RegistryError`, also for schema 1, which cannot be copied. */
  manifest(digest: Digest): Promise<FetchedManifest> {
    let fetching = this.#manifests.get(digest);
    if (!fetching) {
      fetching = this.#fetch(digest);
      this.#manifests.set(digest, fetching);
      fetching.catch(() => this.#manifests.delete(digest));
    }
    return fetching;
  }

  /** Reads a blob piece by piece, verified, from the first origin that begins to send it. Throws `RegistryError`. */
  blob(descriptor: BlobDescriptor, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    return this.#reader.stream(descriptor, signal);
  }

  /** The repository's tags, undefined where they are too many or not listed. */
  tags(): Promise<readonly string[] | undefined> {
    this.#tags ??= listTags(this.answering, { maxPages: MAX_TAG_PAGES, signal: this.#signal });
    return this.#tags;
  }

  async #fetch(digest: Digest): Promise<FetchedManifest> {
    const found = this.#note(await this.#reader.manifest({ tag: undefined, digest }, this.#signal));
    if (found) return found;
    throw new RegistryError({ ...this.primary, operation: `read manifest ${digest}`, status: 404 });
  }

  #note<T extends { readonly origin: Origin }>(found: T | undefined): T | undefined {
    if (found) this.#answered ??= found.origin;
    return found;
  }
}

import { type Digest, isSchema1Type } from '../oci/index.ts';
import { readBlob } from './blob-stream.ts';
import { RegistryError } from './errors.ts';
import { listTags } from './listing.ts';
import type { Origin } from './origin.ts';
import {
  type BlobDescriptor,
  type FetchedManifest,
  fetchManifest,
  type Resolved,
  resolveAt,
  type TagOrDigest,
} from './pull.ts';

/** Longest list of tags that is read to find signatures, in pages. */
const MAX_TAG_PAGES = 10;

/** One repository to read from: its mirrors in order, then the registry; what was read once is kept for the run. */
export class PullSource {
  readonly origins: readonly Origin[];
  readonly #signal: AbortSignal;
  readonly #manifests = new Map<Digest, Promise<FetchedManifest>>();
  #tags: Promise<readonly string[] | undefined> | undefined;
  #answered: Origin | undefined;

  /** `origins` is not empty and ends with the registry itself; `signal` ends reads that several images share. */
  constructor(origins: readonly Origin[], signal: AbortSignal) {
    this.origins = origins;
    this.#signal = signal;
  }

  /** The registry itself. */
  get primary(): Origin {
    const last = this.origins.at(-1);
    if (!last) throw new Error('a source has at least one origin');
    return last;
  }

  /** Where the content came from: what is attached to it is looked for there, as the registry itself may be out of reach. */
  get answering(): Origin {
    return this.#answered ?? this.primary;
  }

  /** Looks a tag or digest up at the first origin that has it; undefined where none does. Throws `RegistryError`. */
  async resolve(
    wanted: TagOrDigest,
    signal: AbortSignal,
  ): Promise<(Resolved & { readonly origin: Origin }) | undefined> {
    return await this.#first(async (origin) => {
      const resolved = await this.#resolveAt(origin, wanted, signal);
      return resolved && { ...resolved, origin };
    }, signal);
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

  /** Reads a blob, verified, from the first origin that begins to send it. Throws `RegistryError`. */
  async *blob(descriptor: BlobDescriptor, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    for (const origin of this.origins) {
      let begun = false;
      try {
        for await (const chunk of readBlob(origin, descriptor, signal)) {
          begun = true;
          yield chunk;
        }
        return;
      } catch (error) {
        if (begun || signal.aborted || origin === this.primary) throw error;
      }
    }
  }

  /** The repository's tags, undefined where they are too many or not listed. */
  tags(): Promise<readonly string[] | undefined> {
    this.#tags ??= listTags(this.answering, { maxPages: MAX_TAG_PAGES, signal: this.#signal });
    return this.#tags;
  }

  /** An answer to HEAD has no body that says why: the same question by GET has. */
  async #resolveAt(origin: Origin, wanted: TagOrDigest, signal: AbortSignal): Promise<Resolved | undefined> {
    try {
      return await resolveAt(origin, wanted, signal);
    } catch (error) {
      if (signal.aborted || origin !== this.primary || !isMute(error)) throw error;
      const fetched = await fetchManifest(origin, wanted, signal, error.operation);
      return fetched && { ...fetched, size: fetched.bytes.byteLength };
    }
  }

  async #fetch(digest: Digest): Promise<FetchedManifest> {
    const wanted = { tag: undefined, digest };
    const fetched = await this.#first((origin) => fetchManifest(origin, wanted, this.#signal), this.#signal);
    const operation = `read manifest ${digest}`;
    if (!fetched) throw new RegistryError({ ...this.primary, operation, status: 404 });
    if (!isSchema1Type(fetched.mediaType)) return fetched;
    throw new RegistryError({
      ...this.primary,
      operation,
      reason:
        'it is a Docker schema 1 image, which registries no longer take; rebuild it or push it with a current client',
    });
  }

  /** A mirror that fails or lacks the content is passed over; the registry itself has the last word. */
  async #first<T>(
    read: (origin: Origin) => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    for (const origin of this.origins) {
      try {
        const found = await read(origin);
        if (found === undefined) continue;
        this.#answered ??= origin;
        return found;
      } catch (error) {
        if (signal.aborted || origin === this.primary) throw error;
      }
    }
    return undefined;
  }
}

/** A refusal without a word; what passes, and a host that asks for peace, is not asked any more. */
function isMute(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError) || error.cause !== undefined) return false;
  return error.status !== undefined && error.codes.length === 0 && error.verdict === 'final';
}

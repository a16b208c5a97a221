import { isSchema1Type } from '../oci/index.ts';
import { readBlob } from './blob-stream.ts';
import { RegistryError } from './errors.ts';
import type { Origin } from './origin.ts';
import {
  type BlobDescriptor,
  type FetchedManifest,
  fetchManifest,
  type Resolved,
  resolveAt,
  type TagOrDigest,
} from './pull.ts';

/** What was found, and at which of the places where it was looked for. */
export type Found<T> = T & { readonly origin: Origin };

/** Reads one repository: its mirrors in order, then the registry. It keeps nothing of what it reads. */
export class ImageReader {
  readonly #origins: readonly Origin[];

  /** `origins` is not empty and ends with the registry itself. */
  constructor(origins: readonly Origin[]) {
    this.#origins = origins;
  }

  /** The registry itself. */
  get primary(): Origin {
    const last = this.#origins.at(-1);
    if (!last) throw new Error('a reader has at least one origin');
    return last;
  }

  /** Looks a tag or digest up by HEAD at the first origin that has it; undefined where none does. Throws `RegistryError`. */
  async resolve(wanted: TagOrDigest, signal: AbortSignal): Promise<Found<Resolved> | undefined> {
    return await this.#first((origin) => this.#resolveAt(origin, wanted, signal), signal);
  }

  /**
   * The manifest of a tag or digest, verified; undefined where there is none. Throws `RegistryError`, of the kind
   * `unsupported` for Docker's schema 1.
   */
  async manifest(wanted: TagOrDigest, signal: AbortSignal): Promise<Found<FetchedManifest> | undefined> {
    const found = await this.#first((origin) => fetchManifest(origin, wanted, signal), signal);
    if (!found || !isSchema1Type(found.mediaType)) return found;
    throw new RegistryError({
      ...this.primary,
      operation: `read manifest ${found.digest}`,
      kind: 'unsupported',
      reason:
        'it is a Docker schema 1 image, which registries no longer take; rebuild it or push it with a current client',
    });
  }

  /** A whole blob, verified, of at most `limit` bytes. Throws `RegistryError`. */
  async blob(descriptor: BlobDescriptor, limit: number, signal: AbortSignal): Promise<Buffer> {
    const { digest, size } = descriptor;
    const operation = `read blob ${digest}`;
    if (size > limit) {
      const reason = `it has ${size} bytes, more than the ${limit} that are read`;
      throw new RegistryError({ ...this.primary, operation, reason });
    }
    const found = await this.#first(async (origin) => {
      const chunks: Buffer[] = [];
      for await (const chunk of readBlob(origin, descriptor, signal)) chunks.push(chunk);
      return { bytes: Buffer.concat(chunks) };
    }, signal);
    if (!found) throw new RegistryError({ ...this.primary, operation, status: 404 });
    return found.bytes;
  }

  /** Reads a blob piece by piece, verified, from the first origin that begins to send it. Throws `RegistryError`. */
  async *stream(descriptor: BlobDescriptor, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    for (const origin of this.#origins) {
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

  /** A mirror that fails or lacks the content is passed over; the registry itself has the last word. */
  async #first<T extends object>(
    read: (origin: Origin) => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<Found<T> | undefined> {
    for (const origin of this.#origins) {
      try {
        const found = await read(origin);
        if (found !== undefined) return { ...found, origin };
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

import { createHash, type Hash } from 'node:crypto';
import { type Digest, digestAlgorithm, type DigestAlgorithm, digestOf } from '../oci/index.ts';
import { type BlobSource, bytesSource } from './blob-source.ts';
import { Refusal } from './refusal.ts';

/** A blob on its way in: hashed as it comes and, up to a size, kept. */
export class UploadSession {
  readonly id: string;
  readonly repository: string;
  /** The query its URL must carry, as opaque as signed state. */
  readonly state: string;
  /** A chunk below the announced minimum came: it can only have been the last. */
  sawShortChunk = false;
  readonly #keepBytes: number;
  #pieces: Uint8Array[] | undefined = [];
  #size = 0;
  #hash: Hash | undefined;
  #algorithm: DigestAlgorithm = 'sha256';

  constructor(id: string, repository: string, keepBytes: number) {
    this.id = id;
    this.repository = repository;
    // Lower-case escapes and an order that is not the alphabet's: whoever writes the query anew changes it.
    this.state = `sig=${digestOf(id).slice(7, 27)}%2b%2f%3d&_state=${id}`;
    this.#keepBytes = keepBytes;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether a query carries the state: its values or, where `verbatim`, its very bytes. */
  isStateOf(url: URL, verbatim: boolean): boolean {
    if (verbatim) return url.search.startsWith(`?${this.state}`);
    const expected = new URLSearchParams(this.state);
    return [...expected].every(([key, value]) => url.searchParams.get(key) === value);
  }

  /** Takes the bytes of one request; those before a cut stay, as in distribution. */
  async append(body: AsyncIterable<Uint8Array>, algorithm: DigestAlgorithm): Promise<void> {
    if (!this.#hash) {
      this.#algorithm = algorithm;
      this.#hash = createHash(algorithm);
    }
    for await (const piece of body) {
      this.#hash.update(piece);
      this.#size += piece.length;
      if (this.#size > this.#keepBytes) this.#pieces = undefined;
      this.#pieces?.push(piece);
    }
  }

  /** The blob, when it is what the digest says; throws `Refusal`. */
  finish(digest: Digest): BlobSource {
    const bytes = this.#pieces && Buffer.concat(this.#pieces);
    const algorithm = digestAlgorithm(digest);
    let actual: Digest;
    if (algorithm === this.#algorithm && this.#hash) actual = `${algorithm}:${this.#hash.digest('hex')}`;
    else if (bytes) actual = digestOf(bytes, algorithm);
    else throw new Refusal('UNSUPPORTED', `a ${algorithm} blob must come in one request`, { status: 400 });
    if (actual !== digest) {
      throw new Refusal('DIGEST_INVALID', 'provided digest did not match uploaded content', {
        detail: { actual },
      });
    }
    return bytes ? bytesSource(bytes) : discarded(this.#size);
  }
}

function discarded(size: number): BlobSource {
  return {
    size,
    read() {
      throw new Refusal('UNKNOWN', 'this blob was only hashed, not kept');
    },
  };
}

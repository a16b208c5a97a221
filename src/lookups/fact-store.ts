import { within } from '../http/index.ts';
import type { Digest } from '../oci/index.ts';
import type { LookupError } from './failure.ts';
import type { ImageFacts } from './facts.ts';

/** What a digest stands for: facts, or the reason why it can have none. */
export type Content = ImageFacts | LookupError;

export interface FactStoreOptions {
  readonly onFacts: (facts: ImageFacts) => void;
  readonly onFactsGone: (digest: Digest) => void;
}

interface Kept {
  users: number;
  content: Content | undefined;
}

/** What is known by digest, for as long as a reference points there; content never changes, so it is read once. */
export class FactStore {
  readonly #options: FactStoreOptions;
  readonly #kept = new Map<Digest, Kept>();
  readonly #reading = new Map<Digest, Promise<Content>>();
  #hits = 0;
  #misses = 0;

  constructor(options: FactStoreOptions) {
    this.#options = options;
  }

  /** Digests that references point at. */
  get size(): number {
    return this.#kept.size;
  }

  /** How often content was asked for that was held, or being read. */
  get hits(): number {
    return this.#hits;
  }

  /** How often content had to be read. */
  get misses(): number {
    return this.#misses;
  }

  has(digest: Digest): boolean {
    return this.#kept.get(digest)?.content !== undefined;
  }

  /**
   * The content of a digest, read by `read` unless it is held or being read already. Another's failure is not ours:
   * it may have had other credentials, or less time. Throws what `read` throws, or the signal's reason.
   */
  async obtain(digest: Digest, signal: AbortSignal, read: () => Promise<Content>): Promise<Content> {
    for (;;) {
      signal.throwIfAborted();
      const content = this.#kept.get(digest)?.content;
      const other = this.#reading.get(digest);
      if (content !== undefined || other) this.#hits++;
      if (content !== undefined) return content;
      if (!other) return await this.#read(digest, read);
      try {
        return await within(other, signal);
      } catch {
        this.#hits--;
      }
    }
  }

  /** A reference points at a digest now. */
  retain(digest: Digest): void {
    const kept = this.#kept.get(digest);
    if (kept) kept.users++;
    else this.#kept.set(digest, { users: 1, content: undefined });
  }

  /** Keeps the content of a digest that is retained. */
  provide(digest: Digest, content: Content): void {
    const kept = this.#kept.get(digest);
    if (!kept || kept.content !== undefined) return;
    kept.content = content;
    if (!(content instanceof Error)) this.#options.onFacts(content);
  }

  /** A reference points elsewhere; the last one to go takes what is known with it. */
  release(digest: Digest): void {
    const kept = this.#kept.get(digest);
    if (!kept || --kept.users > 0) return;
    this.#kept.delete(digest);
    if (kept.content !== undefined && !(kept.content instanceof Error)) this.#options.onFactsGone(digest);
  }

  async #read(digest: Digest, read: () => Promise<Content>): Promise<Content> {
    this.#misses++;
    const reading = read();
    this.#reading.set(digest, reading);
    try {
      return await reading;
    } finally {
      this.#reading.delete(digest);
    }
  }
}

import { SharedRun } from '../http/index.ts';

/** The time in milliseconds; the only thing this room needs of a clock. */
export interface Now {
  now(): number;
}

const MOST_KEPT = 1000;

/**
 * Answers that are expensive to get: one lookup per key at a time, shared by all who ask, and kept for a
 * lifetime. Failures are not kept. A lookup is aborted when the last of those who wait for it gives up.
 */
export class SharedLookups<T> {
  readonly #now: Now;
  readonly #lifetime: number;
  readonly #kept = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #runs = new Map<string, SharedRun<T>>();

  constructor(clock: Now, lifetimeMilliseconds: number) {
    this.#now = clock;
    this.#lifetime = lifetimeMilliseconds;
  }

  /** Answers that are kept. */
  get size(): number {
    return this.#kept.size;
  }

  async get(key: string, lookup: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#now.now() < kept.until) return kept.value;
    const run = this.#runs.get(key) ?? new SharedRun((ended) => this.#keep(key, lookup(ended)));
    this.#runs.set(key, run);
    try {
      return await run.join(signal);
    } finally {
      if (run.idle) this.#runs.delete(key);
    }
  }

  async #keep(key: string, answer: Promise<T>): Promise<T> {
    const value = await answer;
    const now = this.#now.now();
    this.#kept.delete(key);
    // In the order in which they end; there may be a new key for each image that somebody names.
    for (const [oldest, { until }] of this.#kept) {
      if (now < until && this.#kept.size < MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    this.#kept.set(key, { value, until: now + this.#lifetime });
    return value;
  }
}

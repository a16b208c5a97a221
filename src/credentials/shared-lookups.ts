import { SharedRun } from '../http/index.ts';

/** The time in milliseconds; the only thing this room needs of a clock. */
export interface Now {
  now(): number;
}

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
    this.#kept.set(key, { value, until: this.#now.now() + this.#lifetime });
    return value;
  }
}

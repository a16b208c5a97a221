import type { Clock } from '../http/index.ts';

export interface BackOffOptions {
  /** Milliseconds of the first wait, before jitter. */
  readonly first: number;
  /** Milliseconds above which waits do not grow, before jitter. */
  readonly longest: number;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Without a failure for so long, the next one is a first one. */
const QUIET = 2 * 60_000;
/** What a server asks beyond this is no advice to a program that must stay up to date. */
const LONGEST_RETRY_AFTER = 5 * 60_000;

/** How long to wait after each failure: twice as long as after the last, and up to double by chance. */
export class BackOff {
  readonly #options: BackOffOptions;
  #next: number;
  #quietFrom = Number.POSITIVE_INFINITY;

  constructor(options: BackOffOptions) {
    this.#options = options;
    this.#next = options.first;
  }

  /** Milliseconds to wait now; never less than the server asked for, within reason. */
  next(retryAfter = 0): number {
    const { first, longest, clock, random } = this.#options;
    const now = clock.now();
    if (now - this.#quietFrom >= QUIET) this.#next = first;
    const wait = Math.round(this.#next * (1 + random()));
    this.#next = Math.min(longest, this.#next * 2);
    const asked = Math.max(wait, Math.min(retryAfter, LONGEST_RETRY_AFTER));
    // The wait itself is no quiet time.
    this.#quietFrom = now + asked;
    return asked;
  }
}

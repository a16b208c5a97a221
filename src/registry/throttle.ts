import type { Clock } from '../http/index.ts';
import { PausedError } from './errors.ts';
import { Lane, type Release } from './lane.ts';
import type { Pace } from './pace.ts';

const FIRST_WIDTH = 8;
/** What each answer adds to the width of a host that never complained: it is full after a dozen. */
const GROWTH = 2;
const TRANSFERS = 4;

/**
 * One host's patience: small requests in a lane that widens with success and halves when the host says 429,
 * transfers of large blobs in a lane of their own so that they never hold the small ones up.
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #small: Lane;
  readonly #large: Lane;
  #pausedUntil = 0;
  #pauses = 0;
  #everPaused = false;
  #answers = 0;
  #down = false;

  constructor(clock: Clock, pace: Pace) {
    this.#clock = clock;
    this.#pace = pace;
    this.#small = new Lane(Math.min(FIRST_WIDTH, pace.width), () => 0);
    let largestFirst = false;
    // The largest first lets the last transfer end early; every other turn the oldest, so that none starves.
    this.#large = new Lane(TRANSFERS, (waiting) => {
      largestFirst = !largestFirst;
      if (!largestFirst) return 0;
      const largest = waiting.reduce((best, waiter) => (waiter.size > best.size ? waiter : best));
      return waiting.indexOf(largest);
    });
  }

  /** A turn for one small request, when the host is not paused. Throws `PausedError`. */
  async acquire(signal: AbortSignal): Promise<Release> {
    for (;;) {
      await this.waitOut(signal);
      const release = await this.#small.acquire(0, signal);
      if (this.#pausedUntil <= this.#clock.now()) return release;
      release();
    }
  }

  /** A turn to move `size` bytes; held beside the turns of the requests that move them. */
  async acquireTransfer(size: number, signal: AbortSignal): Promise<Release> {
    return await this.#large.acquire(size, signal);
  }

  /** Waits until the host may be asked again. Throws `PausedError` when that is too long. */
  async waitOut(signal: AbortSignal): Promise<void> {
    for (;;) {
      const rest = this.#pausedUntil - this.#clock.now();
      if (rest <= 0) return;
      if (rest > this.#pace.patience) throw new PausedError(rest);
      await this.#clock.sleep(rest, signal);
    }
  }

  /** The host answered: more at a time, up to a full width; in small steps once it has complained. */
  succeeded(): void {
    this.#pauses = 0;
    this.#answers++;
    this.#down = false;
    const { width } = this.#pace;
    if (this.#small.width >= width) return;
    const growth = this.#everPaused ? 1 / this.#small.width : GROWTH;
    this.#small.width = Math.min(width, this.#small.width + growth);
    this.#small.admit();
  }

  /** When the host may be asked again, in milliseconds since the epoch; in the past where it never complained. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** How often the host has answered. */
  get answers(): number {
    return this.#answers;
  }

  /** A request has used up its tries; `answers` is what that was when it first failed. */
  gaveUp(answers: number): void {
    if (answers === this.#answers) this.#down = true;
  }

  /** True when a request failed to its last try and no other was answered meanwhile: repeating only wastes time then. */
  get down(): boolean {
    return this.#down;
  }

  /** The host asked for `retryAfter` milliseconds of peace (or did not say); the length of the pause that follows. */
  pause(retryAfter: number | undefined): number {
    const now = this.#clock.now();
    if (this.#pausedUntil <= now) {
      this.#pauses++;
      this.#everPaused = true;
      this.#small.width = Math.max(1, Math.floor(this.#small.width / 2));
    }
    const { firstPause, longestPause, leastRetryAfter, mostRetryAfter } = this.#pace;
    const length =
      retryAfter === undefined
        ? Math.min(longestPause, firstPause * 2 ** (this.#pauses - 1))
        : Math.min(mostRetryAfter, Math.max(leastRetryAfter, retryAfter));
    this.#pausedUntil = Math.max(this.#pausedUntil, now + length);
    return this.#pausedUntil - now;
  }
}

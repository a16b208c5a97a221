import type { Clock } from '../http/index.ts';

/** Timers of Node overflow after 24 days; nothing is lost by a look at the clock each day. */
const LONGEST = 86_400_000;

/** One timer for many times: it rings at the earliest of those it was set to, or before, and must then be set anew. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at = Number.POSITIVE_INFINITY;
  #waiting: AbortController | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** `at` in milliseconds since the epoch. */
  set(at: number): void {
    if (at >= this.#at) return;
    this.cancel();
    const waiting = new AbortController();
    this.#at = at;
    this.#waiting = waiting;
    const rest = Math.min(LONGEST, Math.max(0, at - this.#clock.now()));
    this.#clock.sleep(rest, waiting.signal).then(
      () => {
        if (waiting !== this.#waiting) return;
        this.#at = Number.POSITIVE_INFINITY;
        this.#waiting = undefined;
        this.#ring();
      },
      () => undefined,
    );
  }

  cancel(): void {
    this.#waiting?.abort();
    this.#waiting = undefined;
    this.#at = Number.POSITIVE_INFINITY;
  }
}

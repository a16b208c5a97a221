import type { Clock } from '../http/index.ts';

export interface DeadlineOptions {
  readonly clock: Clock;
  /** What ends the work besides. */
  readonly signal: AbortSignal;
}

/** Ends work that takes too long, with a reason of its own; disposed of, it ends nothing any more. */
export class Deadline implements Disposable {
  /** Aborts when the time is over, or with the signal that was given. */
  readonly signal: AbortSignal;
  readonly #over = new AbortController();

  constructor(milliseconds: number, reason: Error, { clock, signal }: DeadlineOptions) {
    const late = new AbortController();
    this.signal = AbortSignal.any([signal, late.signal]);
    clock.sleep(milliseconds, this.#over.signal).then(
      () => late.abort(reason),
      () => undefined,
    );
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }
}

/** Time that was over; has the code that a network's own timeouts have. */
export class TimeoutError extends Error {
  override name = 'TimeoutError';
  readonly code = 'ETIMEDOUT';
}

import type { Clock } from '../http/index.ts';

/**
 * Work that others' signals can end, and time. `AbortSignal.any` would do, but Node keeps what it makes for as long as any
 * of its sources lives, and ours live as long as the process.
 */
export class Scope implements Disposable {
  readonly #controller = new AbortController();
  readonly #leave: (() => void)[] = [];

  constructor(parents: readonly AbortSignal[]) {
    for (const parent of parents) {
      const end = (): void => this.abort(parent.reason);
      if (parent.aborted) end();
      parent.addEventListener('abort', end, { once: true });
      this.#leave.push(() => parent.removeEventListener('abort', end));
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Ends the work with this reason after a time in milliseconds, unless the limit was lifted by calling the result. */
  limit(milliseconds: number, reason: Error, clock: Clock): () => void {
    const over = new AbortController();
    clock.sleep(milliseconds, over.signal).then(
      () => this.abort(reason),
      () => undefined,
    );
    const lift = (): void => over.abort();
    this.#leave.push(lift);
    return lift;
  }

  /** Lets go of the parents' signals and of time; the work must be over. */
  [Symbol.dispose](): void {
    for (const leave of this.#leave) leave();
  }
}

/** Time that was over; has the code that a network's own timeouts have. */
export class TimeoutError extends Error {
  override name = 'TimeoutError';
  readonly code = 'ETIMEDOUT';
}

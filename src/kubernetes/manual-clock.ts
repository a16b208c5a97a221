import type { Clock } from '../http/index.ts';

/** A clock for tests that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now = 0;
  #sleepers = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#sleepers.set(resolve, this.#now + milliseconds);
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await promise;
    } finally {
      this.#sleepers.delete(resolve);
      signal.removeEventListener('abort', stop);
    }
  }

  /** Moves on; whoever's time has come wakes up. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const [wake, at] of this.#sleepers) if (at <= this.#now) wake();
  }
}

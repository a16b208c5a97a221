import { toError } from './clock.ts';

/** Lets so many things happen at once; the others wait in the order in which they came. */
export class Slots {
  readonly #waiting = new Set<() => void>();
  #free: number;

  /** Throws `RangeError` for a width below 1, with which everything would wait for ever. */
  constructor(width: number) {
    if (!(width >= 1)) throw new RangeError(`at least 1 must be let through at once, not ${width}`);
    this.#free = Math.floor(width);
  }

  /** Does work when its turn has come; throws what it throws, or the signal's reason while it waits. */
  async use<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#waiting.delete(start);
      reject(toError(signal.reason));
    };
    const start = (): void => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.add(start);
    await promise;
  }

  /** A slot goes straight to the next, so that nobody who comes later takes it. */
  #release(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

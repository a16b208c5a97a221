/** The time in milliseconds; the only thing this room needs of a clock. */
export interface Now {
  now(): number;
}

interface Flight<T> {
  readonly answer: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Answers that are expensive to get: one lookup per key at a time, shared by all who ask, and kept for a
 * lifetime. Failures are not kept. A lookup is aborted when the last of those who wait for it gives up.
 */
export class SharedLookups<T> {
  readonly #now: Now;
  readonly #lifetime: number;
  readonly #kept = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #flights = new Map<string, Flight<T>>();

  constructor(clock: Now, lifetimeMilliseconds: number) {
    this.#now = clock;
    this.#lifetime = lifetimeMilliseconds;
  }

  async get(key: string, lookup: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#now.now() < kept.until) return kept.value;
    const flight = this.#flights.get(key) ?? this.#start(key, lookup);
    flight.waiting += 1;
    const aborted = Promise.withResolvers<never>();
    const leave = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([flight.answer, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
        flight.controller.abort(signal.reason);
      }
    }
  }

  #start(key: string, lookup: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { answer: this.#keep(key, lookup(controller.signal)), controller, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }

  async #keep(key: string, answer: Promise<T>): Promise<T> {
    const value = await answer;
    this.#kept.set(key, { value, until: this.#now.now() + this.#lifetime });
    return value;
  }
}

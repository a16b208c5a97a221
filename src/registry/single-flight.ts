import { toError, within } from '../http/index.ts';

/** The reason of work that was given up because other work of the same image failed; never shown to anybody. */
export class Abandoned extends Error {
  override name = 'Abandoned';
}

/** Does each piece of work once for all who want it; one that was abandoned by its bearer is taken up by the next. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>();

  /** `signal` is that of the work: who waits for another's work stops waiting with it. */
  async do(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      const other = this.#flights.get(key);
      if (!other) return await this.#start(key, signal, work);
      try {
        return await within(other, signal);
      } catch (error) {
        if (signal.aborted || !(error instanceof Abandoned)) throw error;
      }
    }
  }

  async #start(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const flight = work().catch((error: unknown) => {
      this.#flights.delete(key);
      // Whatever an end from outside looks like from within, those who wait must know it for what it is.
      throw toError(signal.aborted ? signal.reason : error);
    });
    this.#flights.set(key, flight);
    return await flight;
  }
}

/** Works on all items side by side; the first failure abandons the others, and is thrown when all have ended. */
export async function together<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const failed = new AbortController();
  const ended = AbortSignal.any([signal, failed.signal]);
  let first: { readonly error: unknown } | undefined;
  await Promise.all(
    items.map(async (item) => {
      try {
        await work(item, ended);
      } catch (error) {
        first ??= { error };
        failed.abort(new Abandoned());
      }
    }),
  );
  if (first) throw first.error;
}

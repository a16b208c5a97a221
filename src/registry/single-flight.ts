/** The reason of work that was given up because other work of the same image failed; never shown to anybody. */
export class Abandoned extends Error {
  override name = 'Abandoned';
}

/** Does each piece of work once for all who want it; one that was abandoned by its bearer is taken up by the next. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>();

  async do(key: string, work: () => Promise<T>): Promise<T> {
    for (;;) {
      const other = this.#flights.get(key);
      if (!other) return await this.#start(key, work);
      try {
        return await other;
      } catch (error) {
        if (!isAbandoned(error)) throw error;
      }
    }
  }

  async #start(key: string, work: () => Promise<T>): Promise<T> {
    const flight = work();
    this.#flights.set(key, flight);
    try {
      return await flight;
    } catch (error) {
      this.#flights.delete(key);
      throw error;
    }
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

/** Node wraps an abort's reason in errors of its own. */
function isAbandoned(error: unknown): boolean {
  return error instanceof Abandoned || (error instanceof Error && error.cause instanceof Abandoned);
}

import { setTimeout as wait } from 'node:timers/promises';

/** A machine under load takes its time; what is well is there in a moment. */
const WITHIN_MS = 30_000;
const PACE_MS = 20;

/** Tries until it does not throw, and gives what came of it; after the deadline what it threw last is thrown. */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { within = WITHIN_MS }: { readonly within?: number } = {},
): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await wait(PACE_MS);
  }
}

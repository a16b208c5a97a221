import type { Clock } from '../http/index.ts';
import { backOff, MAX_TRIES } from './retry.ts';
import type { Throttle } from './throttle.ts';

/** What one try came to. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** Try again at once, as part of the same try: another token, another scheme. */
  | { readonly kind: 'amended' }
  | { readonly kind: 'again'; readonly error: Error }
  | { readonly kind: 'pause'; readonly retryAfter: number | undefined; readonly error: Error };

export interface PersistOptions {
  readonly throttle: Throttle;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Milliseconds that a host's pauses may add up to before the request gives up. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

/**
 * Repeats a try while that makes sense: passing failures with growing delays, at most five times;
 * a host's pauses as long as the patience lasts. Throws the last try's error.
 */
export async function persist<T>(attempt: () => Promise<Outcome<T>>, options: PersistOptions): Promise<T> {
  const { throttle, clock, random, signal } = options;
  let patience = options.patience;
  let tries = 0;
  let answers: number | undefined;
  for (;;) {
    const outcome = await attempt();
    if (outcome.kind === 'done') {
      throttle.succeeded();
      return outcome.value;
    }
    if (outcome.kind === 'again') {
      answers ??= throttle.answers;
      tries++;
      if (tries >= MAX_TRIES) throttle.gaveUp(answers);
      if (tries >= MAX_TRIES || throttle.down) throw outcome.error;
      await clock.sleep(backOff(tries, random), signal);
    }
    if (outcome.kind === 'pause') {
      const length = throttle.pause(outcome.retryAfter);
      patience -= length;
      if (patience < 0) throw outcome.error;
      await throttle.waitOut(signal);
    }
  }
}

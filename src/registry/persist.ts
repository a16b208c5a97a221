import type { Clock } from '../http/index.ts';
import type { Pace } from './pace.ts';
import { backOff } from './retry.ts';
import type { Throttle } from './throttle.ts';

/** What one try came to. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** Try again at once, as part of the same try: another token, another scheme. */
  | { readonly kind: 'amended' }
  | { readonly kind: 'again'; readonly error: Error }
  /** `error` is what it comes to if nobody waits for the rest of the pause, in milliseconds. */
  | {
      readonly kind: 'pause';
      readonly retryAfter: number | undefined;
      readonly error: (rest: number) => Error;
    };

export interface PersistOptions {
  readonly throttle: Throttle;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly pace: Pick<Pace, 'patience' | 'tries'>;
  readonly signal: AbortSignal;
}

/**
 * Repeats a try while that makes sense: passing failures with growing delays, a few times;
 * a host's pauses as long as the patience lasts. Throws the last try's error.
 */
export async function persist<T>(attempt: () => Promise<Outcome<T>>, options: PersistOptions): Promise<T> {
  const { throttle, clock, random, pace, signal } = options;
  let { patience } = pace;
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
      if (tries >= pace.tries) throttle.gaveUp(answers);
      if (tries >= pace.tries || throttle.down) throw outcome.error;
      await clock.sleep(backOff(tries, random), signal);
    }
    if (outcome.kind === 'pause') {
      const length = throttle.pause(outcome.retryAfter);
      patience -= length;
      if (patience < 0) throw outcome.error(length);
      await throttle.waitOut(signal);
    }
  }
}

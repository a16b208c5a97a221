import { within } from '../http/index.ts';
import { CloudFault, safeWords } from './cloud-fault.ts';
import type { Now } from './shared-lookups.ts';

/** Something bought from a cloud; times in milliseconds since the epoch. */
export interface Token<T> {
  readonly value: T;
  readonly expires: number;
}

export interface TokenCacheOptions {
  readonly clock: Now;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** When a token that was bought at `bought` is to be replaced. */
  readonly renewAt: (bought: number, expires: number) => number;
  /** Hears of every attempt that failed. */
  readonly onFault?: (fault: CloudFault) => void;
  /** Hears, with every new token, when the first of all valid ones ends. */
  readonly onExpiry?: (expires: number) => void;
}

interface Entry<T> {
  token: Token<T> | undefined;
  renewAt: number;
  flight: Promise<Token<T>> | undefined;
  fault: CloudFault | undefined;
  retryAt: number;
  failures: number;
}

const FIRST_PAUSE = 60_000;
const LONGEST_PAUSE = 15 * 60_000;
/** A token ends this long before its time, so that it does not end on its way. */
const MARGIN = 30_000;
/** Pods choose the hosts of images: what is remembered of them has a bound. */
const MOST_KEYS = 1000;

/**
 * Tokens by key: each bought once for all who ask, kept to its end, renewed before it while the old one is still
 * handed out. A failure is kept too, for a minute at first and a quarter of an hour at most, and then tried again.
 */
export class TokenCache<T> {
  readonly #options: TokenCacheOptions;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(options: TokenCacheOptions) {
    this.#options = options;
  }

  /** `buy` has its own time limit: it goes on for the others when the signal takes one of those who wait. Throws `CloudFault`. */
  async get(key: string, buy: () => Promise<Token<T>>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const entry = this.#entry(key);
    const now = this.#options.clock.now();
    if (now >= entry.renewAt && now >= entry.retryAt) entry.flight ??= this.#buy(entry, buy);
    if (entry.token !== undefined && now < entry.token.expires - MARGIN) return entry.token.value;
    try {
      if (entry.flight !== undefined) return (await within(entry.flight, signal)).value;
    } catch (error) {
      if (!(error instanceof CloudFault)) throw error;
    }
    if (entry.token !== undefined && this.#options.clock.now() < entry.token.expires)
      return entry.token.value;
    throw entry.fault ?? new CloudFault('the token has ended', { reason: 'unavailable' });
  }

  #entry(key: string): Entry<T> {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (this.#entries.size >= MOST_KEYS) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    const entry: Entry<T> = {
      token: undefined,
      renewAt: Number.NEGATIVE_INFINITY,
      flight: undefined,
      fault: undefined,
      retryAt: Number.NEGATIVE_INFINITY,
      failures: 0,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #buy(entry: Entry<T>, buy: () => Promise<Token<T>>): Promise<Token<T>> {
    const flight = this.#attempt(entry, buy);
    // Nobody may be waiting when an old token still serves; the fault has been reported.
    flight.catch(() => undefined);
    return flight;
  }

  async #attempt(entry: Entry<T>, buy: () => Promise<Token<T>>): Promise<Token<T>> {
    const { clock, renewAt, onFault } = this.#options;
    try {
      const token = await buy();
      entry.token = token;
      entry.renewAt = renewAt(clock.now(), token.expires);
      entry.retryAt = Number.NEGATIVE_INFINITY;
      entry.failures = 0;
      entry.fault = undefined;
      this.#tellExpiry();
      return token;
    } catch (error) {
      entry.retryAt = this.#nextAttempt(entry.failures, error);
      entry.failures += 1;
      const [message, reason] =
        error instanceof CloudFault
          ? [error.message, error.reason]
          : [safeWords(error), 'invalid_answer' as const];
      entry.fault = new CloudFault(message, { reason, retryAt: entry.retryAt });
      onFault?.(entry.fault);
      throw entry.fault;
    } finally {
      entry.flight = undefined;
    }
  }

  #nextAttempt(failures: number, error: unknown): number {
    // What another cache remembers is not asked for again before that one asks.
    if (error instanceof CloudFault && error.retryAt !== undefined) return error.retryAt;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
    return this.#options.clock.now() + pause * (0.8 + 0.2 * this.#options.random());
  }

  #tellExpiry(): void {
    const now = this.#options.clock.now();
    const ends = [...this.#entries.values()].flatMap(({ token }) =>
      token !== undefined && token.expires > now ? [token.expires] : [],
    );
    if (ends.length > 0) this.#options.onExpiry?.(Math.min(...ends));
  }
}

/** Half of a token's life. */
export function atHalfLife(bought: number, expires: number): number {
  return bought + (expires - bought) / 2;
}

/**
 * Shortly before the end, as for tokens that a metadata server or an SDK keeps as well, and hands out again until some
 * five minutes before their end.
 */
export function shortlyBefore(bought: number, expires: number): number {
  return Math.max(atHalfLife(bought, expires), expires - 4 * 60_000);
}

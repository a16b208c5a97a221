import { GoogleError } from './google-api.ts';

/** What a failure means for the request that met it. */
export type Verdict =
  /** A quota is used up: it fills up again. */
  | 'quota'
  /** Passing, and nothing was done. */
  | 'again'
  /** Passing, but it may have been done. */
  | 'doubt'
  /** The token was not taken. */
  | 'token'
  /** Repeating cannot help. */
  | 'final';

const PASSING_STATUS = new Set([408, 500, 502, 503, 504]);
/** Nobody has seen the request. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_PROXY_TUNNEL',
]);
/** Certificates and the like stay as they are; what the network does passes. */
const BROKEN = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Of requests that failed on their quota, milliseconds in all. */
const QUOTA_PATIENCE = 5 * 60_000;
const QUOTA_PAUSE = { first: 1000, longest: 32_000 };
const TROUBLE_PAUSE = { first: 500, longest: 8000 };
const MOST_TRIES = 6;

/** Judges a failed request: an answer that `readGoogleAnswer` did not take, or what the network threw. */
export function judge(error: unknown): Verdict {
  if (!(error instanceof GoogleError)) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (typeof code !== 'string') return 'final';
    if (UNSENT.has(code)) return 'again';
    return BROKEN.has(code) ? 'doubt' : 'final';
  }
  const { httpStatus, status } = error;
  if (httpStatus === 429 || status === 'RESOURCE_EXHAUSTED') return 'quota';
  if (httpStatus === 401) return 'token';
  if (status === 'UNAVAILABLE') return 'doubt';
  return httpStatus !== undefined && PASSING_STATUS.has(httpStatus) ? 'doubt' : 'final';
}

export interface PatienceOptions {
  /** From 0 to below 1. */
  readonly random: () => number;
  /** In milliseconds since the epoch. */
  readonly now: () => number;
  readonly repeatable: boolean;
}

/** What one request may still try. */
export class Patience {
  readonly #options: PatienceOptions;
  #tries = 0;
  #refusals = 0;
  #quotaSince: number | undefined;
  #newToken = true;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** Milliseconds until the next try; undefined when there is none. `asked` is what the server wants to be left alone for. */
  pause(verdict: Verdict, asked: number | undefined): number | undefined {
    if (verdict === 'final') return undefined;
    if (verdict === 'token') {
      const isFirst = this.#newToken;
      this.#newToken = false;
      return isFirst ? 0 : undefined;
    }
    if (verdict === 'quota') return this.#quotaPause(asked);
    this.#tries += 1;
    if (this.#tries >= MOST_TRIES || (verdict === 'doubt' && !this.#options.repeatable)) return undefined;
    const pause = Math.max(this.#backOff(this.#tries, TROUBLE_PAUSE), asked ?? 0);
    return pause > QUOTA_PATIENCE ? undefined : pause;
  }

  #quotaPause(asked: number | undefined): number | undefined {
    const now = this.#options.now();
    this.#quotaSince ??= now;
    this.#refusals += 1;
    const pause = Math.max(this.#backOff(this.#refusals, QUOTA_PAUSE), asked ?? 0);
    return now + pause - this.#quotaSince > QUOTA_PATIENCE ? undefined : pause;
  }

  #backOff(tries: number, { first, longest }: { readonly first: number; readonly longest: number }): number {
    const full = Math.min(longest, first * 2 ** (tries - 1));
    return Math.round(full * (0.5 + this.#options.random() / 2));
  }
}

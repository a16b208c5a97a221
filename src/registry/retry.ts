/** What an answer or a failure means for the request that met it. */
export type Verdict =
  /** Passing: the same request may succeed a little later. */
  | 'again'
  /** The host asks everybody to slow down. */
  | 'pause'
  /** The token is old or too narrow. */
  | 'token'
  /** Repeating cannot help. */
  | 'final';

const PASSING_STATUS = new Set([408, 499, 500, 502, 503, 504, 522]);
const PASSING_CODES = new Set(['UNAVAILABLE', 'UNKNOWN']);

/** TLS failures and refused destinations are lasting; what the network does is passing. */
const PASSING_NETWORK = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ERR_STREAM_PREMATURE_CLOSE',
  'HPE_INVALID_EOF_STATE',
]);

const FIRST_DELAY = 200;
const LONGEST_DELAY = 10_000;

/** Judges a status that was not hoped for. */
export function judgeStatus(status: number, codes: readonly string[], hasRetryAfter: boolean): Verdict {
  if (status === 429 || codes.includes('TOOMANYREQUESTS')) return 'pause';
  if (status === 503 && hasRetryAfter) return 'pause';
  if (status === 401) return 'token';
  if (PASSING_STATUS.has(status)) return 'again';
  return status >= 500 && codes.some((code) => PASSING_CODES.has(code)) ? 'again' : 'final';
}

/** Judges a request that ended without an answer. */
export function judgeFailure(error: unknown): Verdict {
  return PASSING_NETWORK.has(errorCode(error)) ? 'again' : 'final';
}

export function errorCode(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}

/** Milliseconds before try number `tries + 1`, doubled each time, with jitter; `random` in [0, 1). */
export function backOff(tries: number, random: () => number): number {
  const full = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (tries - 1));
  return Math.round(full * (0.5 + random() / 2));
}

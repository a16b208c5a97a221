import { ApiError } from './api.ts';

/** What went wrong, in a few words that can be a label. */
export type FailureReason =
  /** The resource version is too old, or too new, for the server. */
  | 'expired'
  | 'rate_limited'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'timeout'
  /** The server failed, or there was no (whole) answer. */
  | 'unavailable'
  | 'invalid_response'
  /** The server takes the request for wrong. */
  | 'rejected'
  /** A fault of ours. */
  | 'internal';

const REASONS: Readonly<Record<number, FailureReason>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'timeout',
  410: 'expired',
  429: 'rate_limited',
  504: 'timeout',
};

/** The reason of whatever was thrown; what is no `ApiError` is a fault of ours. */
export function failureReason(error: unknown): FailureReason {
  if (!(error instanceof ApiError)) return 'internal';
  if (isExpired(error) || isTooLarge(error)) return 'expired';
  const { status } = error;
  if (status === undefined) return 'unavailable';
  if (status < 300) return 'invalid_response';
  return REASONS[status] ?? (status >= 500 ? 'unavailable' : 'rejected');
}

/** The server no longer knows the resource version or the page. */
export function isExpired(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone')
  );
}

/** The server does not know the resource version yet: it lags behind, or its store was set back. */
export function isTooLarge(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status === 504 &&
    // Old servers give no cause.
    (error.causes.includes('ResourceVersionTooLarge') || error.message.includes('Too large resource version'))
  );
}

/** The connection failed, not the request. */
export function isBroken(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === undefined;
}

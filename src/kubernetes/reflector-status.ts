import { ApiError } from './api.ts';
import { fieldOf } from './reflector-object.ts';
import { statusError } from './status.ts';

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

/** The error that an ERROR event tells; always with a status, so that it is never taken for a broken connection. */
export function eventError(operation: string, status: unknown): ApiError {
  const code = fieldOf(status, 'code');
  return statusError(status, { operation, status: typeof code === 'number' ? code : 500 });
}

import { http } from '../http/index.ts';
import { ApiError } from './api.ts';
import { fieldOf } from './api-object.ts';
import { printable } from './words.ts';

export interface StatusContext {
  /** What was being done, as an infinitive. */
  readonly operation: string;
  /** HTTP status; that of the Status object where there is none. */
  readonly status?: number;
  /** What a Retry-After header said, in milliseconds. */
  readonly retryAfter?: number | undefined;
}

/**
 * The error that a Status object tells, of a refused request or of an ERROR event; also of whatever else was sent in its
 * place (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).
 */
export function statusError(value: unknown, { operation, status, retryAfter }: StatusContext): ApiError {
  const code = fieldOf(value, 'code');
  const reason = fieldOf(value, 'reason');
  const message = fieldOf(value, 'message');
  const seconds = fieldOf(value, 'details', 'retryAfterSeconds');
  const causes = fieldOf(value, 'details', 'causes');
  const answer = status ?? (typeof code === 'number' ? code : undefined);
  const words = typeof value === 'string' && !value.trimStart().startsWith('<') ? value : message;
  const text = typeof words === 'string' ? printable(words) : '';
  return new ApiError({
    operation,
    status: answer,
    reason: typeof reason === 'string' && reason !== '' ? printable(reason) : undefined,
    message: text === '' ? (http.STATUS_CODES[answer ?? 0] ?? 'the server gave no reason') : text,
    causes: Array.isArray(causes)
      ? causes.map((cause: unknown) => fieldOf(cause, 'reason')).filter((name) => typeof name === 'string')
      : [],
    retryAfter: retryAfter ?? (typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined),
  });
}

/** The error that an ERROR event tells; always with a status, so that it is never taken for a broken connection. */
export function eventError(operation: string, status: unknown): ApiError {
  const code = fieldOf(status, 'code');
  return statusError(status, { operation, status: typeof code === 'number' ? code : 500 });
}

/** The value of a JSON text; the text itself where it is none. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

import { http } from '../http/index.ts';
import { ApiError } from './api.ts';
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
  const code = field(value, 'code');
  const reason = field(value, 'reason');
  const message = field(value, 'message');
  const details = field(value, 'details');
  const seconds = field(details, 'retryAfterSeconds');
  const causes = field(details, 'causes');
  const answer = status ?? (typeof code === 'number' ? code : undefined);
  const words = typeof value === 'string' && !value.trimStart().startsWith('<') ? value : message;
  const text = typeof words === 'string' ? printable(words) : '';
  return new ApiError({
    operation,
    status: answer,
    reason: typeof reason === 'string' && reason !== '' ? printable(reason) : undefined,
    message: text === '' ? (http.STATUS_CODES[answer ?? 0] ?? 'the server gave no reason') : text,
    causes: Array.isArray(causes)
      ? causes.map((cause: unknown) => field(cause, 'reason')).filter((name) => typeof name === 'string')
      : [],
    retryAfter: retryAfter ?? (typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined),
  });
}

/** The value of a JSON text; the text itself where it is none. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

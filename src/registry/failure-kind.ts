import { ManifestError } from '../oci/index.ts';
import { networkFailure } from './network-failure.ts';

/** What a failed look-up or transfer comes down to for those who must act on it. */
export type FailureKind =
  /** The registry has no such repository or manifest, or hides it from us. */
  | 'not_found'
  /** No credential was good enough, or the token service gave no token. */
  | 'unauthorized'
  /** We are known, and may not. */
  | 'forbidden'
  /** 429, or another answer that says when to come back: the host wants peace from everybody. */
  | 'rate_limited'
  | 'timeout'
  /** No answer (names, TLS, connections), or one that the server itself calls its own fault. */
  | 'unavailable'
  /** There, but of a sort that cannot be used: schema 1, a manifest type that nobody knows. */
  | 'unsupported'
  /** A rule of ours forbids to ask: registries.conf, or an address that requests must not go to. */
  | 'blocked'
  /** An answer that cannot be meant: another digest, no JSON, too long, out of place. */
  | 'invalid_response';

const KINDS: readonly unknown[] = [
  'not_found',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'timeout',
  'unavailable',
  'unsupported',
  'blocked',
  'invalid_response',
] satisfies readonly FailureKind[];

/** The parts of an answer that decide. */
export interface Failure {
  readonly status?: number | undefined;
  readonly codes: readonly string[];
  /** True when the answer asks everybody to wait. */
  readonly pause: boolean;
  readonly cause?: unknown;
}

/** The kind of a failure; what caused it goes before the status that stands for it. */
export function kindOf({ status, codes, pause, cause }: Failure): FailureKind {
  if (cause !== undefined) return failureKind(cause);
  if (pause || status === 429 || codes.includes('TOOMANYREQUESTS')) return 'rate_limited';
  return status === undefined ? 'invalid_response' : kindOfStatus(status);
}

/** The kind of anything that was thrown here, `unavailable` where nothing else is known. */
export function failureKind(error: unknown): FailureKind {
  const kind: unknown = error instanceof Error ? Reflect.get(error, 'kind') : undefined;
  if (isKind(kind)) return kind;
  if (error instanceof ManifestError) return error.unknownType ? 'unsupported' : 'invalid_response';
  return networkFailure(error) === 'timeout' ? 'timeout' : 'unavailable';
}

function isKind(kind: unknown): kind is FailureKind {
  return KINDS.includes(kind);
}

function kindOfStatus(status: number): FailureKind {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 402:
    case 403:
    case 451:
      return 'forbidden';
    case 404:
    case 410:
      return 'not_found';
    case 408:
      return 'timeout';
    default:
      return status >= 499 ? 'unavailable' : 'invalid_response';
  }
}

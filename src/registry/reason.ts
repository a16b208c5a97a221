import { hostName } from '../http/index.ts';
import { ContentError, DestinationError, PausedError } from './errors.ts';
import { errorCode } from './retry.ts';
import { TokenError } from './token.ts';

/** What a failure without an answer means, in the words of its causes. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause instanceof DestinationError || cause instanceof ContentError) return cause.message;
  if (cause instanceof TokenError && cause.cause !== undefined) {
    return `${cause.message}: ${reasonOf(cause.cause)}`;
  }
  if (cause instanceof AggregateError) return [...new Set(cause.errors.map(reasonOf))].join(', ');
  // OpenSSL's own words are source files and line numbers.
  if (errorCode(cause) === 'EPROTO' && /wrong version number|packet length too long/.test(cause.message)) {
    return 'the server does not speak TLS';
  }
  // Node's advice for certificates is one that is followed already.
  return UNTRUSTED.has(errorCode(cause)) ? cause.message.replace(/; if the root CA .*$/s, '') : cause.message;
}

/** The status that stands for a failure where there was no answer of the registry itself, and how long it asks to wait. */
export function statusOf(cause: unknown): {
  readonly status?: number;
  readonly retryAfter?: number | undefined;
} {
  if (!(cause instanceof PausedError || cause instanceof TokenError)) return {};
  const { status, retryAfter } = cause;
  return { ...(status === undefined ? {} : { status }), retryAfter };
}

const UNTRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** The way out of a certificate that nobody here vouches for; empty for other failures. */
export function certificateHint(registry: string, cause: unknown): { readonly hint?: string } {
  if (!UNTRUSTED.has(errorCode(cause))) return {};
  return {
    hint: `if ${hostName(registry)} may be trusted, put the certificate of its authority into /etc/containers/certs.d/${registry}/ca.crt`,
  };
}

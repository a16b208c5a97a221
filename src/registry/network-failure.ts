import { errorCode } from './retry.ts';

/** Why a request has no answer. */
export type NetworkFailure = 'timeout' | 'refused' | 'dns' | 'tls' | 'other';

const TIMEOUT = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT']);
const DNS = new Set(['ENOTFOUND', 'ENODATA', 'EDNS']);
/** Of OpenSSL's verification, as Node spells it; the others begin alike. */
const TLS = new Set(['EPROTO', 'HOSTNAME_MISMATCH', 'INVALID_CA', 'PATH_LENGTH_EXCEEDED', 'INVALID_PURPOSE']);
const TLS_BEGINNINGS = /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_C)/;

/** Sorts what the network threw, or the reason for which a request was given up. */
export function networkFailure(error: unknown): NetworkFailure {
  // A deadline: `AbortSignal.timeout` ends what it limits with an error of this name.
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout';
  const code = errorCode(error);
  if (TIMEOUT.has(code)) return 'timeout';
  if (code === 'ECONNREFUSED') return 'refused';
  if (DNS.has(code) || code.startsWith('EAI_')) return 'dns';
  return TLS.has(code) || TLS_BEGINNINGS.test(code) ? 'tls' : 'other';
}

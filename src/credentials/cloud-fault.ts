import { CredentialError } from './errors.ts';

/** A kind of cloud registry; a label of metrics. */
export type CloudSource = 'ecr' | 'ecr-public' | 'google' | 'acr';

/** Why a cloud gave no token; a label of metrics. */
export type CloudFaultReason =
  | 'no_identity'
  | 'invalid_configuration'
  | 'refused'
  | 'throttled'
  | 'timeout'
  | 'unavailable'
  | 'invalid_answer';

export interface CloudFaultParts {
  readonly reason: CloudFaultReason;
  /** In milliseconds since the epoch, where it is known when the next attempt makes sense. */
  readonly retryAt?: number | undefined;
}

/** A cloud that gave no token; its text has no secrets, so it has no cause, which might. */
export class CloudFault extends CredentialError {
  override name = 'CloudFault';
  readonly reason: CloudFaultReason;
  readonly retryAt: number | undefined;

  constructor(message: string, { reason, retryAt }: CloudFaultParts) {
    super(message);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

const LONGEST = 300;

/** The words of an SDK in one line, without anything that looks like a token, a key or an assertion, or is one of `secrets`. */
export function safeWords(error: unknown, secrets: readonly (string | undefined)[] = []): string {
  let words = error instanceof Error ? error.message : String(error);
  for (const secret of secrets) if (secret) words = words.replaceAll(secret, '…');
  words = words
    .replaceAll(/-----BEGIN [^-]*-----[\s\S]*?(?:-----END [^-]*-----|$)/g, '…')
    .replaceAll(/\beyJ[\w-]*(?:\.[\w-]*)*/g, '…')
    .replaceAll(/[\w+/=.~-]{64,}/g, '…')
    .replaceAll(/(\bhttps?:\/\/[^\s?"']*)\?[^\s"']*/g, '$1')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return words.length <= LONGEST ? words : `${words.slice(0, LONGEST)}…`;
}

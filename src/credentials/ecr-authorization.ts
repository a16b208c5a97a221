import type { Credential } from '../registry/index.ts';
import { CloudFault } from './cloud-fault.ts';
import type { Token } from './token-cache.ts';

/** The public gallery has its API in one region only. */
export const ECR_PUBLIC_REGION = 'us-east-1';

/** What ECR answers: base64 of `AWS:PASSWORD`, and when it ends. */
export interface AuthorizationData {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

/** Reads an answer of ECR. Throws `CloudFault`. */
export function ecrCredential(data: AuthorizationData | undefined): Token<Credential> {
  const text = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const expires = data?.expiresAt?.getTime() ?? Number.NaN;
  if (colon < 1 || Number.isNaN(expires)) {
    throw new CloudFault('the answer has no authorization token', { reason: 'invalid_answer' });
  }
  return {
    value: { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) },
    expires,
  };
}

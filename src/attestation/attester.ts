import type { Digest, Repository } from '../oci/index.ts';

/** What is attested: content by its digest, where it runs from. */
export interface AttestationSubject {
  readonly repository: Repository;
  readonly digest: Digest;
}

/** Says of images, signed, that they passed here. */
export interface Attester {
  /** In messages: `attestor projects/p/attestors/a`, `cosign key release.key`. */
  readonly name: string;
  /**
   * Reads what every attestation needs: attestor, note, keys. Called once, before anything is changed anywhere, so that
   * what is configured wrongly stops a run before its first copy. Throws `AttestationError`, or the signal's reason.
   */
  open(signal: AbortSignal): Promise<void>;
  /** `present` where a valid attestation is there already. Throws `AttestationError`, or the signal's reason. */
  attest(subject: AttestationSubject, signal: AbortSignal): Promise<'attested' | 'present'>;
}

/** An image that could not be attested, or an attestor that cannot attest; one line, never with a secret. */
export class AttestationError extends Error {
  override name = 'AttestationError';
}

import { NameError } from '../oci/index.ts';
import { failureKind, RegistryError } from '../registry/index.ts';
import type { FailureReason } from './lookup-status.ts';

/** Why a look-up came to nothing. */
export interface Failure {
  readonly reason: FailureReason;
  /** Milliseconds that the registry asked us to wait. */
  readonly retryAfter: number | undefined;
  readonly error: unknown;
}

/** A look-up that ended for a reason that no registry told. */
export class LookupError extends Error {
  override name = 'LookupError';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Puts what a look-up threw into its class; what nobody foresaw counts as passing. */
export function classify(error: unknown): Failure {
  if (error instanceof LookupError) return { reason: error.reason, retryAfter: undefined, error };
  if (error instanceof NameError) return { reason: 'invalid_reference', retryAfter: undefined, error };
  const retryAfter = error instanceof RegistryError ? error.retryAfter : undefined;
  return { reason: failureKind(error), retryAfter, error };
}

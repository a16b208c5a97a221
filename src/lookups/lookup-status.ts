import type { Digest } from '../oci/index.ts';
import type { FailureKind } from '../registry/index.ts';

/** What the last look-up of an image came to; a label of `container_image_lookup_status`. */
export type LookupReason = 'ok' | 'pending' | FailureReason;

/** Why a look-up came to nothing. */
export type FailureReason = 'invalid_reference' | FailureKind;

/** What is known of an image as it is written somewhere; times in milliseconds since the epoch. */
export interface LookupStatus {
  readonly reason: LookupReason;
  /** What it points at, from the last look-up that succeeded; undefined until one has. */
  readonly digest: Digest | undefined;
  readonly lastLookup: number | undefined;
  readonly lastSuccess: number | undefined;
  /** How often the digest changed. */
  readonly changes: number;
}

import type { Digest } from '../oci/index.ts';

/** What the last look-up of an image came to; a label of `container_image_lookup_status`. */
export type LookupReason =
  | 'ok'
  | 'pending'
  | 'invalid_reference'
  | 'not_found'
  | 'unauthorized'
  | 'forbidden'
  | 'rate_limited'
  | 'timeout'
  | 'unavailable'
  | 'unsupported'
  | 'blocked'
  | 'invalid_response';

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

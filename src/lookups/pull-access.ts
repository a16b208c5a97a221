import type { Puller } from '../kubernetes/index.ts';
import type { Repository } from '../oci/index.ts';
import type { Keychain } from '../registry/index.ts';

/** Whose credentials an image is looked up with. */
export interface PullAccess {
  /** The credentials that any of these pullers would have, to be read when they are asked for. */
  keychain(pullers: readonly Puller[]): Keychain;
  /**
   * Changes when a secret or service account that these pullers use does, or what everybody has for a repository.
   * Throws when that cannot be read.
   */
  fingerprint(pullers: readonly Puller[], repository: Repository, signal: AbortSignal): Promise<string>;
}

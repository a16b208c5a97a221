import type { Repository } from '../oci/index.ts';

/**
 * What a registry may be asked with: user and password, an identity (refresh) token that buys access
 * tokens at the registry's token service, an access token that is sent as it is, or nothing: being nobody in
 * particular is a candidate among others.
 */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'registry-token'; readonly token: string }
  | { readonly kind: 'anonymous' };

/** A credential that may be there and cannot be had now: where all others are refused, nobody knows whether it would do. */
export interface Withheld {
  readonly kind: 'withheld';
  /** Why; without secrets. */
  readonly error: Error;
}

/** A source of credentials; the registry client asks, `src/credentials` answers. */
export interface Keychain {
  /**
   * The credentials meant for a repository, best first, to be tried one after another;
   * an empty list means anonymous. Throws when a source that should answer cannot, and nothing is to be tried without it.
   */
  credentials(repository: Repository, signal: AbortSignal): Promise<readonly (Credential | Withheld)[]>;
}

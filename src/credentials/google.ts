import type { Environment } from '../http/index.ts';
import type { Credential } from '../registry/index.ts';
import type { CloudTransport } from './cloud-http.ts';
import { KEY_FILE, namedKeyFileToken } from './google-key-file.ts';
import { metadataToken } from './google-metadata.ts';
import { type Token, TokenCache, type TokenCacheOptions } from './token-cache.ts';

export interface GoogleOptions {
  readonly environment: Environment;
  readonly transport: CloudTransport;
  readonly cache: TokenCacheOptions;
}

/** Of a token that does not say when it ends. */
export const GOOGLE_LIFETIME = 30 * 60_000;

/**
 * One access token for Container Registry and Artifact Registry, of a key file or of the metadata server. The file of
 * gcloud is left out: who once logged in there did not mean to pull as that user, and a login that has ended would
 * turn images that anybody may have into a warning.
 */
export class Google {
  readonly #options: GoogleOptions;
  readonly #cache: TokenCache<Credential>;

  constructor(options: GoogleOptions) {
    this.#options = options;
    this.#cache = new TokenCache(options.cache);
  }

  /** Throws `CloudFault`. */
  async credential(signal: AbortSignal): Promise<Credential> {
    return await this.#cache.get('', async () => await this.#buy(), signal);
  }

  async #buy(): Promise<Token<Credential>> {
    const { environment, transport, cache } = this.#options;
    const { variables } = environment;
    const file = variables[KEY_FILE];
    const now = (): number => cache.clock.now();
    const { token, expires = now() + GOOGLE_LIFETIME } = file
      ? await namedKeyFileToken(file, { environment, transport })
      : await metadataToken({ variables, transport, now });
    return { value: { kind: 'basic', username: '_token', password: token }, expires };
  }
}

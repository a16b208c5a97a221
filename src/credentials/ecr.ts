import type { Credential } from '../registry/index.ts';
import type { AwsIdentity } from './aws-identity.ts';
import { CloudFault, safeWords } from './cloud-fault.ts';
import type { EcrHost } from './cloud-host.ts';
import { type CloudTransport, WatchedTransport } from './cloud-http.ts';
import { type AuthorizationData, ECR_PUBLIC_REGION, ecrCredential } from './ecr-authorization.ts';
import type { AwsKeys } from './aws-keys.ts';
import { type Token, TokenCache, type TokenCacheOptions } from './token-cache.ts';

export interface EcrOptions {
  readonly identity: AwsIdentity;
  readonly transport: CloudTransport;
  readonly cache: TokenCacheOptions;
}

/** Tokens of private registries, one for each account at each API. */
export class Ecr {
  readonly #options: EcrOptions;
  readonly #cache: TokenCache<Credential>;

  constructor(options: EcrOptions) {
    this.#options = options;
    this.#cache = new TokenCache(options.cache);
  }

  /** Throws `CloudFault`. */
  async credential(host: EcrHost, signal: AbortSignal): Promise<Credential> {
    const { account, region, api } = host;
    return await this.#cache.get(
      `${account} ${api}`,
      async () =>
        await authorize(api, region, this.#options, async (keys, transport) => {
          const sdk = await import('./ecr-sdk.ts');
          return await sdk.ecrAuthorization(host, keys, transport);
        }),
      signal,
    );
  }
}

/** The token of the public gallery. */
export class EcrPublic {
  readonly #options: EcrOptions;
  readonly #cache: TokenCache<Credential>;

  constructor(options: EcrOptions) {
    this.#options = options;
    this.#cache = new TokenCache(options.cache);
  }

  /** Throws `CloudFault`. */
  async credential(signal: AbortSignal): Promise<Credential> {
    return await this.#cache.get(
      '',
      async () =>
        await authorize('public.ecr.aws', ECR_PUBLIC_REGION, this.#options, async (keys, transport) => {
          const sdk = await import('./ecr-public-sdk.ts');
          return await sdk.ecrPublicAuthorization(keys, transport);
        }),
      signal,
    );
  }
}

async function authorize(
  what: string,
  region: string,
  { identity, transport }: EcrOptions,
  ask: (keys: AwsKeys, transport: CloudTransport) => Promise<AuthorizationData | undefined>,
): Promise<Token<Credential>> {
  // Bought for all who wait, so no one's signal ends it; every step has its own limit.
  const keys = await identity.keys(region, new AbortController().signal);
  const watched = new WatchedTransport(transport);
  try {
    return ecrCredential(await ask(keys, watched.send));
  } catch (error) {
    const words = safeWords(error, [keys.secretAccessKey, keys.sessionToken, keys.accessKeyId]);
    throw new CloudFault(`${what}: ${words}`, { reason: watched.reason });
  }
}

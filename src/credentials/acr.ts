import type { Credential } from '../registry/index.ts';
import type { AzureTokens } from './azure-identity.ts';
import { CloudFault, type CloudFaultReason, safeWords } from './cloud-fault.ts';
import type { AcrDomain, AcrHost } from './cloud-host.ts';
import { type CloudTransport, TOKEN_TIMEOUT } from './cloud-http.ts';
import { type Token, TokenCache, type TokenCacheOptions } from './token-cache.ts';

export interface AcrOptions {
  readonly tokens: AzureTokens;
  readonly transport: CloudTransport;
  readonly cache: TokenCacheOptions;
}

const REGISTRY_AUDIENCE = 'https://containerregistry.azure.net';
/** Azure Resource Manager of the sovereign clouds. */
const ARM_AUDIENCE: Readonly<Record<AcrDomain, string>> = {
  io: 'https://management.azure.com',
  cn: 'https://management.chinacloudapi.cn',
  us: 'https://management.usgovcloudapi.net',
  de: 'https://management.microsoftazure.de',
};
/** Of a refresh token that does not say when it ends; they are good for three hours. */
const LIFETIME = 60 * 60_000;

/** Refresh tokens of Azure's registries, bought with an Entra token at each registry. */
export class Acr {
  readonly #options: AcrOptions;
  readonly #cache: TokenCache<Credential>;

  constructor(options: AcrOptions) {
    this.#options = options;
    this.#cache = new TokenCache(options.cache);
  }

  /** Throws `CloudFault`. */
  async credential(host: AcrHost, signal: AbortSignal): Promise<Credential> {
    return await this.#cache.get(host.host, async () => await this.#buy(host), signal);
  }

  async #buy({ host, domain }: AcrHost): Promise<Token<Credential>> {
    try {
      return await this.#exchange(host, domain, REGISTRY_AUDIENCE);
    } catch (error) {
      // Registries may want the one audience or the other, and so may the rights of an identity.
      if (!(error instanceof CloudFault) || error.reason !== 'refused') throw error;
      try {
        return await this.#exchange(host, domain, ARM_AUDIENCE[domain]);
      } catch {
        throw error;
      }
    }
  }

  async #exchange(host: string, domain: AcrDomain, audience: string): Promise<Token<Credential>> {
    const { tokens, transport, cache } = this.#options;
    const { tenant } = tokens;
    // Bought for all who wait, so no one's signal ends it; every step has its own limit.
    const entra = await tokens.token(domain, audience, new AbortController().signal);
    const form = new URLSearchParams({
      grant_type: 'access_token',
      service: host,
      ...(tenant === undefined ? {} : { tenant }),
      access_token: entra,
    });
    const { status, body } = await transport({
      method: 'POST',
      url: new URL(`https://${host}/oauth2/exchange`),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      timeout: TOKEN_TIMEOUT,
    });
    if (status !== 200) {
      const words = safeWords(firstMessage(body), [entra]);
      throw new CloudFault(
        `${host}: the exchange of the token was answered ${status}${words && `: ${words}`}`,
        {
          reason: reasonOf(status),
        },
      );
    }
    const token = field(body, 'refresh_token');
    if (typeof token !== 'string' || token === '') {
      throw new CloudFault(`${host}: the exchange of the token was answered without a refresh token`, {
        reason: 'invalid_answer',
      });
    }
    return {
      value: { kind: 'identity-token', token },
      expires: endOf(token) ?? cache.clock.now() + LIFETIME,
    };
  }
}

function reasonOf(status: number): CloudFaultReason {
  if (status === 429) return 'throttled';
  return status >= 500 ? 'unavailable' : 'refused';
}

/** The end that a JWT says of itself; it is not verified, since nothing but its renewal hangs on it. */
function endOf(token: string): number | undefined {
  const end = field(Buffer.from(token.split('.')[1] ?? '', 'base64url'), 'exp');
  return typeof end === 'number' ? end * 1000 : undefined;
}

/** `{"errors":[{"code","message"}]}` */
function firstMessage(body: Buffer): string {
  const errors = field(body, 'errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const message: unknown =
    typeof first === 'object' && first !== null ? Reflect.get(first, 'message') : undefined;
  return typeof message === 'string' ? message : '';
}

function field(json: Buffer, name: string): unknown {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'));
    return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  } catch {
    return undefined;
  }
}

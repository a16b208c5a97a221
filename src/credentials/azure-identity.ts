import type { Environment } from '../http/index.ts';
import type { AzureIdentity, EntraCredential } from './azure-sdk.ts';
import { CloudFault, safeWords } from './cloud-fault.ts';
import type { AcrDomain } from './cloud-host.ts';
import { type CloudTransport, WatchedTransport } from './cloud-http.ts';
import { type Token, TokenCache, type TokenCacheOptions } from './token-cache.ts';

export interface AzureIdentityOptions {
  readonly environment: Environment;
  readonly transport: CloudTransport;
  readonly cache: TokenCacheOptions;
}

interface Known {
  readonly credential: EntraCredential;
  readonly watched: WatchedTransport;
}

/** Of the sovereign clouds, by the domain of their registries. */
const AUTHORITY: Readonly<Record<AcrDomain, string>> = {
  io: 'https://login.microsoftonline.com',
  cn: 'https://login.chinacloudapi.cn',
  us: 'https://login.microsoftonline.us',
  de: 'https://login.microsoftonline.de',
};

/** Entra tokens for registries of Azure, one for each audience, whatever registry they are for. */
export class AzureTokens {
  readonly #options: AzureIdentityOptions;
  readonly #cache: TokenCache<string>;
  #managed: Known | undefined;

  constructor(options: AzureIdentityOptions) {
    this.#options = options;
    this.#cache = new TokenCache(options.cache);
  }

  /** `AZURE_TENANT_ID`, if there is one. */
  get tenant(): string | undefined {
    return this.#options.environment.variables['AZURE_TENANT_ID'] || undefined;
  }

  /** A token for an audience (`https://containerregistry.azure.net`). Throws `CloudFault`. */
  async token(domain: AcrDomain, audience: string, signal: AbortSignal): Promise<string> {
    return await this.#cache.get(
      `${this.#authority(domain)} ${audience}`,
      async () => await this.#buy(domain, audience),
      signal,
    );
  }

  #authority(domain: AcrDomain): string {
    const named = this.#options.environment.variables['AZURE_AUTHORITY_HOST'];
    return (named || AUTHORITY[domain]).replace(/\/+$/, '');
  }

  async #buy(domain: AcrDomain, audience: string): Promise<Token<string>> {
    const { AZURE_CLIENT_SECRET: secret, AZURE_FEDERATED_TOKEN: federated } =
      this.#options.environment.variables;
    const { credential, watched } = await this.#known(domain);
    try {
      const answer = await credential.getToken(`${audience}/.default`);
      if (answer !== null) return { value: answer.token, expires: answer.expiresOnTimestamp };
    } catch (error) {
      const words = safeWords(error, [secret, federated]);
      const { reason } = watched;
      const isAbsent = !this.#isApplication && reason !== 'throttled';
      if (isAbsent)
        throw new CloudFault(`Azure: there is no identity here: ${words}`, { reason: 'no_identity' });
      throw new CloudFault(`Azure: ${words}`, { reason });
    }
    throw new CloudFault('Azure: the answer has no token', { reason: 'invalid_answer' });
  }

  get #isApplication(): boolean {
    const { variables } = this.#options.environment;
    const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret } = variables;
    const hasAssertion = variables['AZURE_FEDERATED_TOKEN'] || variables['AZURE_FEDERATED_TOKEN_FILE'];
    return Boolean(tenant && client && (secret || hasAssertion));
  }

  async #known(domain: AcrDomain): Promise<Known> {
    const { environment, transport } = this.#options;
    const { AZURE_TENANT_ID: tenantId = '', AZURE_CLIENT_ID: clientId = '' } = environment.variables;
    const { AZURE_CLIENT_SECRET: secret } = environment.variables;
    const { entraCredential } = await import('./azure-sdk.ts');
    const watched = new WatchedTransport(transport);
    if (!this.#isApplication) {
      // Made once: the SDK goes on with the first one's way to the machine, however many are made.
      const managed = { kind: 'managed', clientId: clientId || undefined } as const;
      this.#managed ??= { credential: entraCredential(managed, watched.send), watched };
      return this.#managed;
    }
    // Made for each token: the memory of the SDK would only double ours.
    const application = { authority: this.#authority(domain), tenantId, clientId };
    const identity: AzureIdentity = secret
      ? { kind: 'secret', ...application, secret }
      : { kind: 'assertion', ...application, assertion: async () => await this.#assertion() };
    return { credential: entraCredential(identity, watched.send), watched };
  }

  /** Read whenever it is needed: Kubernetes replaces the file before its token ends. */
  async #assertion(): Promise<string> {
    const { environment } = this.#options;
    const { variables } = environment;
    const inline = variables['AZURE_FEDERATED_TOKEN'];
    if (inline) return inline;
    const file = variables['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
    const text = (await environment.readFile(file))?.trim();
    if (text) return text;
    throw new Error(`AZURE_FEDERATED_TOKEN_FILE names ${file}, in which there is no token`);
  }
}

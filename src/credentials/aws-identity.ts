import { join } from 'node:path';
import type { Environment } from '../http/index.ts';
import type { AwsKeys } from './aws-keys.ts';
import { CloudFault, type CloudFaultReason, safeWords } from './cloud-fault.ts';
import { type CloudTransport, WatchedTransport } from './cloud-http.ts';
import { type Token, TokenCache, type TokenCacheOptions } from './token-cache.ts';

export interface AwsIdentityOptions {
  readonly environment: Environment;
  readonly transport: CloudTransport;
  readonly cache: TokenCacheOptions;
}

type AwsSdk = typeof import('./aws-identity-sdk.ts');

/** Keys without an end are looked up again after this time: files may have new ones. */
const LIFETIME = 15 * 60_000;

/**
 * Who we are at AWS, once for all regions and accounts: keys in the environment, web identity, profile, container,
 * machine; the first that is there decides. Each is looked up through the SDK with what `environment` says of it.
 */
export class AwsIdentity {
  readonly #options: AwsIdentityOptions;
  readonly #cache: TokenCache<AwsKeys>;

  constructor(options: AwsIdentityOptions) {
    this.#options = options;
    this.#cache = new TokenCache(options.cache);
  }

  /** `region` is asked for a role where the environment names none. Throws `CloudFault`. */
  async keys(region: string, signal: AbortSignal): Promise<AwsKeys> {
    const { variables } = this.#options.environment;
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = variables;
    if (accessKeyId && secretAccessKey) {
      const sessionToken = variables['AWS_SESSION_TOKEN'];
      return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    }
    const own = variables['AWS_REGION'] || variables['AWS_DEFAULT_REGION'];
    // Hosts are the choice of who writes a Pod: a region that is none must not spoil the identity for the others.
    const asked = !own && this.#hasWebIdentity ? region : '';
    return await this.#cache.get(asked, async () => await this.#buy(own || region), signal);
  }

  get #hasWebIdentity(): boolean {
    const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role } = this.#options.environment.variables;
    return Boolean(file && role);
  }

  async #buy(region: string): Promise<Token<AwsKeys>> {
    const keys = await this.#find(await import('./aws-identity-sdk.ts'), region);
    const expires = keys.expiration?.getTime() ?? this.#options.cache.clock.now() + LIFETIME;
    return { value: keys, expires };
  }

  async #find(sdk: AwsSdk, region: string): Promise<AwsKeys> {
    const { variables } = this.#options.environment;
    const watched = new WatchedTransport(this.#options.transport);
    const sts = { region, transport: watched.send };
    if (this.#hasWebIdentity) return await this.#fromWebIdentity(sdk, region);
    const profile = await this.#profile();
    if (profile !== undefined) {
      try {
        return await sdk.profileKeys({ ...profile, ...sts });
      } catch (error) {
        if (variables['AWS_PROFILE']) throw fault(`profile ${profile.name}`, error, watched.reason);
        // Files without a default profile are of other use.
      }
    }
    const relativeUri = variables['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? '';
    const fullUri = variables['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
    if (relativeUri !== '' || fullUri !== '') {
      const token = variables['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? '';
      const tokenFile = variables['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
      try {
        return await sdk.containerKeys({ relativeUri, fullUri, token, tokenFile });
      } catch (error) {
        throw fault('container credentials', error, 'unavailable', [token]);
      }
    }
    if (variables['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') throw noIdentity('');
    try {
      return await sdk.instanceKeys();
    } catch (error) {
      throw noIdentity(`: ${safeWords(error)}`);
    }
  }

  async #fromWebIdentity(sdk: AwsSdk, region: string): Promise<AwsKeys> {
    const { environment, transport } = this.#options;
    const { variables } = environment;
    const file = variables['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '';
    const roleArn = variables['AWS_ROLE_ARN'] ?? '';
    const roleSessionName = variables['AWS_ROLE_SESSION_NAME'] || 'tallyman';
    const watched = new WatchedTransport(transport);
    let token: string | undefined;
    try {
      // Kubernetes replaces the file before its token ends.
      token = (await environment.readFile(file))?.trim();
    } catch (error) {
      throw fault(`AWS_WEB_IDENTITY_TOKEN_FILE ${file}`, error, 'invalid_configuration');
    }
    if (!token) {
      throw new CloudFault(`AWS_WEB_IDENTITY_TOKEN_FILE names ${file}, in which there is no token`, {
        reason: 'invalid_configuration',
      });
    }
    try {
      return await sdk.webIdentityKeys({ roleArn, roleSessionName, token, region, transport: watched.send });
    } catch (error) {
      throw fault(`role ${roleArn}`, error, watched.reason, [token]);
    }
  }

  /** A profile that is named, or the default one if there are files that might have it. */
  async #profile(): Promise<
    { readonly name: string; readonly credentialsFile: string; readonly configFile: string } | undefined
  > {
    const { environment } = this.#options;
    const { variables, home } = environment;
    const credentialsFile = variables['AWS_SHARED_CREDENTIALS_FILE'] || join(home, '.aws/credentials');
    const configFile = variables['AWS_CONFIG_FILE'] || join(home, '.aws/config');
    const name = variables['AWS_PROFILE'];
    if (name) return { name, credentialsFile, configFile };
    for (const path of [credentialsFile, configFile]) {
      const text = await environment.readFile(path).catch(() => undefined);
      if (text !== undefined) return { name: 'default', credentialsFile, configFile };
    }
    return undefined;
  }
}

function fault(
  what: string,
  error: unknown,
  reason: CloudFaultReason,
  secrets: readonly string[] = [],
): CloudFault {
  return new CloudFault(`AWS: ${what}: ${safeWords(error, secrets)}`, { reason });
}

function noIdentity(why: string): CloudFault {
  return new CloudFault(`AWS: there is no identity here${why}`, { reason: 'no_identity' });
}

import type { Environment } from '../http/index.ts';
import type { Credential } from '../registry/index.ts';
import { CloudFault, safeWords } from './cloud-fault.ts';
import { type CloudTransport, WatchedTransport } from './cloud-http.ts';
import { type GoogleToken, metadataToken } from './google-metadata.ts';
import { type Token, TokenCache, type TokenCacheOptions } from './token-cache.ts';

export interface GoogleOptions {
  readonly environment: Environment;
  readonly transport: CloudTransport;
  readonly cache: TokenCacheOptions;
}

const KEY_FILE = 'GOOGLE_APPLICATION_CREDENTIALS';
/** Of a token that does not say when it ends. */
const LIFETIME = 30 * 60_000;

/** One access token for Container Registry and Artifact Registry, of a key file or of the metadata server. */
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
    const { token, expires = now() + LIFETIME } = file
      ? await this.#fromKeyFile(file)
      : await metadataToken({ variables, transport, now });
    return { value: { kind: 'basic', username: '_token', password: token }, expires };
  }

  async #fromKeyFile(file: string): Promise<GoogleToken> {
    const { environment, transport } = this.#options;
    let text: string | undefined;
    try {
      text = await environment.readFile(file);
    } catch (error) {
      throw invalid(`${file} cannot be read: ${safeWords(error)}`);
    }
    if (text === undefined) throw invalid(`${file} does not exist`);
    const key = parseKey(text);
    if (key === undefined) throw invalid(`${file} is no JSON object`);
    const watched = new WatchedTransport(transport);
    let answer: GoogleToken;
    try {
      const sdk = await import('./google-sdk.ts');
      answer = await sdk.keyFileToken(key, watched.send);
    } catch (error) {
      throw new CloudFault(`Google: ${KEY_FILE} ${file}: ${safeWords(error, secretsOf(key))}`, {
        reason: watched.reason,
      });
    }
    if (answer.token !== '') return answer;
    throw new CloudFault(`Google: ${KEY_FILE} ${file}: the answer has no token`, {
      reason: 'invalid_answer',
    });
  }
}

function parseKey(text: string): object | undefined {
  try {
    const key: unknown = JSON.parse(text);
    return typeof key === 'object' && key !== null && !Array.isArray(key) ? key : undefined;
  } catch {
    // The words of the parser would quote the key.
    return undefined;
  }
}

function secretsOf(key: object): string[] {
  const secrets = ['private_key', 'client_secret', 'refresh_token'].map((name): unknown =>
    Reflect.get(key, name),
  );
  return secrets.filter((secret) => typeof secret === 'string');
}

function invalid(what: string): CloudFault {
  return new CloudFault(`Google: ${KEY_FILE}: ${what}`, { reason: 'invalid_configuration' });
}

import { type Clock, within } from '../http/index.ts';
import { ConfigError } from './config-error.ts';
import type { Fields } from './fields.ts';
import { type Authenticator, type Identity, isCurrent } from './identity.ts';
import { faultWords } from './words.ts';

export interface OfficialUserOptions {
  /** For messages: `auth-provider oidc of ~/.kube/config, context "dev"`. */
  readonly name: string;
  /** The kubeconfig's `auth-provider` object. */
  readonly provider: Fields;
  readonly clock: Clock;
}

type Ask = ReturnType<typeof import('./official-config.ts').officialUser>;

const PROVIDERS = ['oidc', 'gcp', 'azure', 'exec', 'tokenFile'];
/** How long an answer is used that does not say when it ends, in milliseconds. */
const FRESH = 60_000;
/** How long before its end a token is replaced, in milliseconds, unless it lives shorter than ten times that. */
const EARLY = 60_000;

/**
 * Users with an `auth-provider`, which kubectl has given up and the official client still reads. That is only loaded when
 * there is such a user: it takes more memory than all the rest.
 */
export class OfficialUser implements Authenticator {
  readonly #options: OfficialUserOptions;
  #ask: Ask | undefined;
  #current: Identity | undefined;
  #renewal = 0;
  #asking: Promise<Identity> | undefined;

  /** Throws `ConfigError` when the provider is unknown. */
  constructor(options: OfficialUserOptions) {
    this.#options = options;
    const provider = options.provider.required('name');
    if (!PROVIDERS.includes(provider))
      throw new ConfigError(
        `${options.provider.place} is "${provider}", which is not supported (exec plugins have taken its place)`,
      );
  }

  async identity(signal: AbortSignal): Promise<Identity> {
    signal.throwIfAborted();
    if (this.#current !== undefined && this.#options.clock.now() < this.#renewal) return this.#current;
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = undefined;
    });
    return await within(this.#asking, signal);
  }

  refuse(identity: Identity): boolean {
    if (this.#current === undefined || !isCurrent(this.#current, identity)) return true;
    this.#current = undefined;
    // All others keep what they once had; a new OpenID Connect user would be without the refresh tokens since received.
    if (this.#options.provider.string('name') !== 'oidc') this.#ask = undefined;
    return true;
  }

  async #renew(): Promise<Identity> {
    const { name, provider, clock } = this.#options;
    let answer: Awaited<ReturnType<Ask>>;
    try {
      this.#ask ??= (await import('./official-config.ts')).officialUser(source(provider));
      answer = await this.#ask();
    } catch (error) {
      throw new ConfigError(`${name} failed: ${faultWords(error)}`);
    }
    const { authorization, cert, key } = answer;
    if (authorization === undefined && cert === undefined)
      throw new ConfigError(`${name} gave no token: it may have ended, log in again`);
    this.#current = {
      headers: authorization === undefined ? {} : { authorization },
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    };
    const lifetime = (tokenEnd(authorization) ?? clock.now() + FRESH) - clock.now();
    this.#renewal = clock.now() + lifetime - Math.min(EARLY, lifetime / 10);
    return this.#current;
  }
}

/** The one user, and a cluster that is never asked, since there is none without. */
function source(provider: Fields): Readonly<Record<string, unknown>> {
  const user = { 'auth-provider': { name: provider.get('name'), config: provider.get('config') ?? {} } };
  return {
    clusters: [{ name: 'cluster', cluster: { server: 'https://localhost' } }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
    'current-context': 'context',
  };
}

/** When a bearer token ends that is a JSON Web Token, in milliseconds since the epoch. */
function tokenEnd(authorization: string | undefined): number | undefined {
  const payload = authorization?.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const end: unknown =
      typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'exp') : undefined;
    return typeof end === 'number' ? end * 1000 : undefined;
  } catch {
    return undefined;
  }
}

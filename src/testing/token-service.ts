import { digestOf } from '../oci/index.ts';
import {
  allowedActions,
  basicUser,
  formatScope,
  type Grant,
  parseScope,
  type TokenOptions,
  type User,
} from './access.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { type Exchange, methodRefused, readBody } from './exchange.ts';
import { Refusal } from './refusal.ts';

interface IssuedToken {
  readonly grants: readonly Grant[];
  /** Milliseconds of the clock. */
  readonly expires: number;
}

const MAX_FORM_BYTES = 64 << 10;
const DEFAULT_SERVICE = 'tallyman-registry';
const DEFAULT_LIFETIME_SECONDS = 300;

/** Docker's token service: GET with Basic or anonymous, POST with a refresh token or a password (OAuth2). */
export class TokenService {
  readonly service: string;
  readonly #options: TokenOptions;
  readonly #now: () => number;
  readonly #issued = new Map<string, IssuedToken>();

  constructor(options: TokenOptions, now: () => number) {
    this.service = options.service ?? DEFAULT_SERVICE;
    this.#options = options;
    this.#now = now;
  }

  async answer(exchange: Exchange): Promise<Answer> {
    if (exchange.method === 'GET') return this.#get(exchange);
    if (exchange.method === 'POST') return this.#post(exchange);
    throw methodRefused();
  }

  /** What a token is good for; `expired` or `unknown` when it is good for nothing. */
  grants(token: string): readonly Grant[] | 'expired' | 'unknown' {
    const issued = this.#issued.get(token);
    if (!issued) return 'unknown';
    return issued.expires > this.#now() ? issued.grants : 'expired';
  }

  /** Makes all tokens issued so far unknown. */
  revokeAll(): void {
    this.#issued.clear();
  }

  #get({ url, headers }: Exchange): Answer {
    const user =
      headers.authorization === undefined ? undefined : basicUser(this.#options.users, headers.authorization);
    if (headers.authorization !== undefined && !user) throw unauthorized('incorrect username or password');
    const query = url.searchParams;
    const token = this.#issue(user, query);
    const identity = query.get('offline_token') === 'true' ? user?.identityToken : undefined;
    return this.#tokenAnswer({ token, access_token: token, ...refresh(identity) });
  }

  async #post(exchange: Exchange): Promise<Answer> {
    if (!exchange.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      throw new Refusal('UNSUPPORTED', 'the form is not urlencoded', { status: 400 });
    }
    const form = new URLSearchParams(Buffer.from(await readBody(exchange, MAX_FORM_BYTES)).toString());
    if (!form.has('client_id')) throw new Refusal('UNSUPPORTED', 'client_id is missing', { status: 400 });
    const user = this.#formUser(form);
    if (!user) throw unauthorized('invalid credentials');
    const token = this.#issue(user, form);
    const scope = this.#scopes(form).map(formatScope).join(' ');
    return this.#tokenAnswer({ access_token: token, scope, ...refresh(user.identityToken) });
  }

  #formUser(form: URLSearchParams): User | undefined {
    switch (form.get('grant_type')) {
      case 'refresh_token': {
        const given = form.get('refresh_token');
        return this.#options.users.find(
          ({ identityToken }) => identityToken !== undefined && identityToken === given,
        );
      }
      case 'password':
        return this.#options.users.find(
          ({ name, password }) => form.get('username') === name && form.get('password') === password,
        );
      default:
        throw new Refusal('UNSUPPORTED', 'unknown grant_type', { status: 400 });
    }
  }

  #scopes(query: URLSearchParams): Grant[] {
    const texts = query.getAll('scope').flatMap((text) => text.split(' ').filter((scope) => scope !== ''));
    const read = this.#options.firstScopeOnly ? texts.slice(0, 1) : texts;
    return read.map((text) => {
      const scope = parseScope(text);
      if (!scope) throw new Refusal('UNSUPPORTED', `invalid scope "${text}"`, { status: 400 });
      return scope;
    });
  }

  /** A token of the scopes asked for, less what the user may not do: empty it may be, refused it is not. */
  #issue(user: User | undefined, query: URLSearchParams): string {
    const service = query.get('service');
    if (service !== this.service) {
      throw new Refusal('UNSUPPORTED', `no service "${service ?? ''}" here`, { status: 400 });
    }
    const { anonymousPull = false, lifetimeSeconds = DEFAULT_LIFETIME_SECONDS } = this.#options;
    if (!user && !anonymousPull) throw unauthorized('no anonymous tokens here');
    const grants = this.#scopes(query).map((scope) => ({
      ...scope,
      actions: allowedActions(user, anonymousPull, scope),
    }));
    const token = digestOf(`token ${this.#issued.size} of ${user?.name ?? 'anyone'} at ${this.#now()}`).slice(
      7,
    );
    this.#issued.set(token, { grants, expires: this.#now() + lifetimeSeconds * 1000 });
    return token;
  }

  #tokenAnswer(fields: Readonly<Record<string, string>>): Answer {
    return jsonAnswer(200, {
      ...fields,
      expires_in: this.#options.lifetimeSeconds ?? DEFAULT_LIFETIME_SECONDS,
      issued_at: new Date(this.#now()).toISOString(),
    });
  }
}

function refresh(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { refresh_token: token };
}

function unauthorized(message: string): Refusal {
  return new Refusal('UNAUTHORIZED', message, {
    headers: { 'WWW-Authenticate': 'Basic realm="token service"' },
  });
}

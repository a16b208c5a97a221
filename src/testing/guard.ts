import { allowedActions, type AuthOptions, basicUser, formatScope, type Grant } from './access.ts';
import type { Exchange } from './exchange.ts';
import { Refusal } from './refusal.ts';
import { TOKEN_PATH } from './route.ts';
import { TokenService } from './token-service.ts';

/** Lets requests in, or answers them 401 with the challenge that distribution sends. */
export class Guard {
  readonly tokens: TokenService | undefined;
  readonly #auth: AuthOptions;
  readonly #tokenOrigin: (exchange: Exchange) => string;

  /** `tokenOrigin` is where the token service listens. */
  constructor(auth: AuthOptions, tokenOrigin: (exchange: Exchange) => string, now: () => number) {
    this.#auth = auth;
    this.#tokenOrigin = tokenOrigin;
    this.tokens = auth.kind === 'token' ? new TokenService(auth, now) : undefined;
  }

  /** Throws `Refusal` unless the client may do what it asks; returns whether it may pull from other repositories. */
  admit(exchange: Exchange): (repository: string) => boolean {
    const need = needOf(exchange);
    if (this.#auth.kind === 'none') return () => true;
    return this.tokens ? this.#admitToken(exchange, this.tokens, need) : this.#admitBasic(exchange, need);
  }

  #admitBasic({ headers }: Exchange, need: Grant | undefined): (repository: string) => boolean {
    if (this.#auth.kind !== 'basic') return () => true;
    const { users, anonymousPull = false } = this.#auth;
    const user = headers.authorization === undefined ? undefined : basicUser(users, headers.authorization);
    const may = (grant: Grant): boolean =>
      allowedActions(user, anonymousPull, grant).length === grant.actions.length;
    const wrong = headers.authorization !== undefined && !user;
    if (wrong || (!user && !(need && may(need)))) {
      throw new Refusal('UNAUTHORIZED', 'authentication required', {
        headers: { 'WWW-Authenticate': 'Basic realm="tallyman registry"' },
      });
    }
    if (need && !may(need)) throw new Refusal('DENIED', 'requested access to the resource is denied');
    return (repository) => may(pullOf(repository));
  }

  #admitToken(
    exchange: Exchange,
    tokens: TokenService,
    need: Grant | undefined,
  ): (repository: string) => boolean {
    const [scheme = '', token = ''] = exchange.headers.authorization?.split(' ') ?? [];
    if (scheme.toLowerCase() !== 'bearer') throw this.#challenge(exchange, tokens, need, '');
    const grants = tokens.grants(token);
    if (typeof grants === 'string') throw this.#challenge(exchange, tokens, need, 'invalid_token');
    const may = (wanted: Grant): boolean =>
      wanted.actions.every((action) =>
        grants.some(
          ({ type, repository, actions }) =>
            type === wanted.type && repository === wanted.repository && actions.includes(action),
        ),
      );
    if (need && !may(need)) throw this.#challenge(exchange, tokens, need, 'insufficient_scope');
    return (repository) => may(pullOf(repository));
  }

  #challenge(exchange: Exchange, { service }: TokenService, need: Grant | undefined, error: string): Refusal {
    const scopes = need ? [need] : [];
    const from = exchange.url.searchParams.get('from');
    if (exchange.route.area === 'uploads' && from !== null) scopes.push(pullOf(from));
    const parts = [`realm="${this.#tokenOrigin(exchange)}${TOKEN_PATH}"`, `service="${service}"`];
    if (scopes.length > 0) parts.push(`scope="${scopes.map(formatScope).join(' ')}"`);
    if (error !== '') parts.push(`error="${error}"`);
    return new Refusal('UNAUTHORIZED', 'authentication required', {
      headers: { 'WWW-Authenticate': `Bearer ${parts.join(',')}` },
      detail: scopes,
    });
  }
}

/** What a request needs, as distribution asks it; nothing for the ping. */
function needOf({ method, route }: Exchange): Grant | undefined {
  if (route.area === 'catalog') return { type: 'registry', repository: 'catalog', actions: ['*'] };
  if (route.repository === '') return undefined;
  const { repository } = route;
  if (method === 'GET' || method === 'HEAD') {
    if (route.area !== 'upload') return pullOf(repository);
  } else if (method === 'DELETE' && route.area !== 'upload') {
    return { type: 'repository', repository, actions: ['delete'] };
  }
  return { type: 'repository', repository, actions: ['pull', 'push'] };
}

function pullOf(repository: string): Grant {
  return { type: 'repository', repository, actions: ['pull'] };
}

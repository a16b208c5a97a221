export type Action = 'pull' | 'push' | 'delete';

/** What a user may do in a repository, in all under `prefix/*`, or in all (`*`). */
export interface Right {
  readonly repository: string;
  readonly actions: readonly Action[];
}

export interface User {
  readonly name: string;
  readonly password: string;
  /** A refresh token that stands for the user at the token service. */
  readonly identityToken?: string;
  /** Without, the user may do everything. */
  readonly rights?: readonly Right[];
}

/** How a registry knows its clients. */
export type AuthOptions = { readonly kind: 'none' } | BasicOptions | TokenOptions;

interface KnownUsers {
  readonly users: readonly User[];
  /** Everyone may pull everything. */
  readonly anonymousPull?: boolean;
}

export interface BasicOptions extends KnownUsers {
  readonly kind: 'basic';
}

export interface TokenOptions extends KnownUsers {
  readonly kind: 'token';
  readonly service?: string;
  readonly lifetimeSeconds?: number;
  /** Reads only the first `scope` of a request, as some token services do. */
  readonly firstScopeOnly?: boolean;
  /** The token service has a port of its own. */
  readonly separateOrigin?: boolean;
}

/** Actions wanted, or allowed, in one repository; `registry:catalog` has the repository `catalog`. */
export interface Grant {
  readonly type: 'repository' | 'registry';
  readonly repository: string;
  readonly actions: readonly string[];
}

/** The scope of a token in docker's notation: `repository:library/nginx:pull,push`. */
export function formatScope({ type, repository, actions }: Grant): string {
  return `${type}:${repository}:${actions.join(',')}`;
}

/** Reads one scope; undefined for what is none. */
export function parseScope(text: string): Grant | undefined {
  const match = /^(repository|registry)(?:\([^)]*\))?:(.+):([a-z*,]+)$/.exec(text);
  const [, type, repository, actions] = match ?? [];
  if (repository === undefined || actions === undefined) return undefined;
  return { type: type === 'registry' ? 'registry' : 'repository', repository, actions: actions.split(',') };
}

/** The actions of a grant that a user (undefined: anyone) may take. */
export function allowedActions(user: User | undefined, anonymousPull: boolean, wanted: Grant): string[] {
  if (wanted.type === 'registry') return user ? [...wanted.actions] : [];
  return wanted.actions.filter((action) => {
    if (anonymousPull && action === 'pull') return true;
    if (!user) return false;
    if (!user.rights) return true;
    return user.rights.some(
      (right) => covers(right.repository, wanted.repository) && right.actions.some((own) => own === action),
    );
  });
}

/** Finds the user of a `Basic` header. */
export function basicUser(users: readonly User[], authorization: string): User | undefined {
  const [scheme = '', encoded = ''] = authorization.split(' ');
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  return users.find(({ name, password }) => `${name}:${password}` === text);
}

function covers(pattern: string, repository: string): boolean {
  if (pattern === '*') return true;
  return pattern.endsWith('/*') ? repository.startsWith(pattern.slice(0, -1)) : pattern === repository;
}

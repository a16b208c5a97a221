import type { ApiRoute, ApiVerb } from './api-path.ts';
import { qualifiedName } from './api-resources.ts';
import { ApiRefusal, detailsOf, failure } from './api-status.ts';

/** What a user may do, in the words of RBAC; `*` stands for all. */
export interface ApiRight {
  readonly verbs: readonly (ApiVerb | '*')[];
  /** Plural names, whatever their group. */
  readonly resources: readonly string[];
  /** In this namespace only; everywhere when not given. */
  readonly namespace?: string;
}

export interface ApiUser {
  readonly name: string;
  readonly token: string;
  /** Without, the user may do everything. */
  readonly rights?: readonly ApiRight[];
}

const ANONYMOUS: ApiUser = { name: 'system:anonymous', token: '', rights: [] };

/** Knows users by their tokens and what each may do. */
export class ApiAccess {
  readonly #users: Map<string, ApiUser> | undefined;

  /** Without users everyone may do everything. */
  constructor(users: readonly ApiUser[] | undefined) {
    this.#users = users && new Map(users.map((user) => [user.name, user]));
  }

  /** Gives a user another token; the old one is worth nothing from now on. */
  rotate(name: string, token: string): void {
    const user = this.#users?.get(name);
    if (!user) throw new Error(`the API server has no user ${name}`);
    this.#users?.set(name, { ...user, token });
  }

  /** Gives a user other rights from the next request on. */
  grant(name: string, rights: readonly ApiRight[]): void {
    const user = this.#users?.get(name);
    if (!user) throw new Error(`the API server has no user ${name}`);
    this.#users?.set(name, { ...user, rights });
  }

  /** Throws `ApiRefusal` with 401 or 403 unless the request may be served. */
  check(
    route: ApiRoute,
    verb: ApiVerb | undefined,
    request: { readonly method: string; readonly path: string; readonly authorization: string | undefined },
  ): void {
    if (!this.#users) return;
    const user = this.#user(request.authorization);
    if (!user.rights || route.area === 'health' || route.area === 'version') return;
    if (route.area === 'objects' && verb) {
      if (!user.rights.some((right) => covers(right, route, verb))) throw objectsForbidden(user, route, verb);
      return;
    }
    if (route.area === 'discovery' && user !== ANONYMOUS) return;
    throw pathForbidden(user, request);
  }

  #user(authorization: string | undefined): ApiUser {
    if (authorization === undefined) return ANONYMOUS;
    const [, token] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
    for (const user of this.#users?.values() ?? []) if (user.token === token) return user;
    throw failure(401, 'Unauthorized');
  }
}

type ObjectsRoute = Extract<ApiRoute, { area: 'objects' }>;

function covers({ verbs, resources, namespace }: ApiRight, route: ObjectsRoute, verb: ApiVerb): boolean {
  const name = resourceName(route);
  return (
    (verbs.includes(verb) || verbs.includes('*')) &&
    (resources.includes(name) || resources.includes('*')) &&
    (namespace === undefined || namespace === route.namespace)
  );
}

function resourceName({ resource, subresource }: ObjectsRoute): string {
  return subresource === '' ? resource.name : `${resource.name}/${subresource}`;
}

function objectsForbidden({ name: user }: ApiUser, route: ObjectsRoute, verb: ApiVerb): ApiRefusal {
  const { resource, namespace, name } = route;
  const subject = name === '' ? qualifiedName(resource) : `${qualifiedName(resource)} "${name}"`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return new ApiRefusal({
    code: 403,
    reason: 'Forbidden',
    message: `${subject} is forbidden: User "${user}" cannot ${verb} resource "${resourceName(route)}" in API group "${resource.group}" ${where}`,
    details: detailsOf(resource, name),
  });
}

function pathForbidden(
  { name }: ApiUser,
  { method, path }: { readonly method: string; readonly path: string },
): ApiRefusal {
  const message = `forbidden: User "${name}" cannot ${method.toLowerCase()} path "${path}"`;
  return new ApiRefusal({ code: 403, reason: 'Forbidden', message, details: {} });
}

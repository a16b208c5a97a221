import { API_RESOURCES, type ApiResource } from './api-resources.ts';

/** What a request wants of a resource, in the words of RBAC. */
export type ApiVerb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection';

/** A request for objects; `namespace`, `name` and `subresource` are empty where the path has none. */
export interface ObjectRoute {
  readonly area: 'objects';
  readonly resource: ApiResource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** What a path is about. `unserved` is a resource that its group does not have. */
export type ApiRoute =
  | ObjectRoute
  | { readonly area: 'health' | 'version' | 'discovery' | 'unserved' | 'other' };

const HEALTH = new Set(['/healthz', '/livez', '/readyz']);
/** What stands behind a namespace's name and is no resource in it. */
const NAMESPACE_PARTS = new Set(['status', 'finalize']);

/** Reads a path of the Kubernetes API. */
export function apiRoute(pathname: string): ApiRoute {
  if (HEALTH.has(pathname)) return { area: 'health' };
  if (pathname === '/version') return { area: 'version' };
  const [root, ...rest] = pathname.slice(1).split('/').map(decoded);
  const depth = root === 'api' ? 1 : 2;
  if ((root === 'api' || root === 'apis') && rest.filter((part) => part !== '').length <= depth) {
    return { area: 'discovery' };
  }
  const [group, version, ...parts] = root === 'api' ? ['', ...rest] : rest;
  const served = API_RESOURCES.filter((one) => one.group === group && one.version === version);
  if ((root !== 'api' && root !== 'apis') || served.length === 0) return { area: 'other' };
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2 && !NAMESPACE_PARTS.has(parts[2] ?? '');
  const [plural, name = '', subresource = '', ...more] = inNamespace ? parts.slice(2) : parts;
  const resource = served.find((one) => one.name === plural);
  if (!resource || more.length > 0 || (inNamespace && !resource.namespaced)) return { area: 'unserved' };
  if (subresource !== '' && subresource !== 'status') return { area: 'unserved' };
  // RBAC takes the name of a namespace for a place in it.
  const namespace = inNamespace ? (parts[1] ?? '') : plural === 'namespaces' ? name : '';
  return { area: 'objects', resource, namespace, name, subresource };
}

/** The verb of a request for objects; undefined for methods that have none. */
export function apiVerb(method: string, { name }: ObjectRoute, query: URLSearchParams): ApiVerb | undefined {
  switch (method) {
    case 'GET':
      if (name !== '') return 'get';
      return isTrue(query.get('watch')) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}

/** The name a request is counted under: `list pods`, `watch cronjobs`; `GET /readyz` for what is no object. */
export function apiRequestKind(method: string, url: URL): string {
  const route = apiRoute(url.pathname);
  if (route.area !== 'objects') return `${method} ${url.pathname}`;
  return `${apiVerb(method, route, url.searchParams) ?? method} ${route.resource.name}`;
}

/** A switch in a query as Go's API machinery reads it: anything but `false` and `0` switches on. */
export function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== 'false' && value !== '0';
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

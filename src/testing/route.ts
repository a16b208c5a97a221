/** What a request's path is about; `repository` and `reference` are empty where the path has none. */
export interface Route {
  readonly area: Area;
  readonly repository: string;
  /** Tag, digest or upload session. */
  readonly reference: string;
}

export type Area =
  | 'ping'
  | 'catalog'
  | 'manifest'
  | 'blob'
  | 'uploads'
  | 'upload'
  | 'tags'
  | 'referrers'
  | 'token'
  | 'storage'
  | 'other';

/** The path of the token service and of the blobs that redirects lead to. */
export const TOKEN_PATH = '/token';
export const STORAGE_PATH = '/storage/';

const PATTERNS: readonly (readonly [Area, RegExp])[] = [
  ['uploads', /^\/v2\/(.+)\/blobs\/uploads\/?$/],
  ['upload', /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/],
  ['manifest', /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ['blob', /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ['tags', /^\/v2\/(.+)\/tags\/list$/],
  ['referrers', /^\/v2\/(.+)\/referrers\/([^/]+)$/],
];

/** Reads a path as the routes of the distribution specification; the last matching words decide, as names may hold them too. */
export function routeOf(rawPath: string): Route {
  const path = decoded(rawPath);
  if (path === '/v2' || path === '/v2/') return { area: 'ping', repository: '', reference: '' };
  if (path === '/v2/_catalog') return { area: 'catalog', repository: '', reference: '' };
  if (path === TOKEN_PATH) return { area: 'token', repository: '', reference: '' };
  if (path.startsWith(STORAGE_PATH)) {
    return { area: 'storage', repository: '', reference: path.slice(STORAGE_PATH.length) };
  }
  for (const [area, pattern] of PATTERNS) {
    const match = pattern.exec(path);
    if (match) return { area, repository: match[1] ?? '', reference: match[2] ?? '' };
  }
  return { area: 'other', repository: '', reference: '' };
}

/**
 * The name a request is counted under: `HEAD manifest`, `GET blob`, `POST upload`, `PUT upload`, `mount` (whatever came of it),
 * `GET tags`, `GET referrers`, `GET ping`, `GET catalog`, `token`, `GET storage`.
 */
export function requestKind(method: string, url: URL): string {
  const { area } = routeOf(url.pathname);
  if (area === 'token') return area;
  if (area === 'uploads' && method === 'POST' && url.searchParams.has('mount')) return 'mount';
  return `${method} ${area === 'uploads' ? 'upload' : area}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

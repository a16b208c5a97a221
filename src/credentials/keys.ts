import { formatRepository, type Repository } from '../oci/index.ts';

/** The key under which `docker login` keeps Docker Hub's credentials. */
export const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

const HUB_HOSTS: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/**
 * What a key of a credential file stands for: `host[:port]`, or `host[:port]/namespace` as podman writes it
 * (containers-auth.json(5)). URLs and `/v1/` endings are reduced to their host, as docker does.
 */
export function keyScope(key: string): string {
  const bare = key.replace(/^https?:\/\//i, '');
  const [host = '', ...rest] = bare.replace(/\/+$/, '').split('/');
  const path = rest.join('/');
  const isWholeHost = bare !== key || path === '' || path === 'v1' || path === 'v2';
  return isWholeHost ? hostScope(host) : `${hostScope(host)}/${path}`;
}

/** The host of a scope or registry in the one spelling used for comparing: lower case, Docker Hub's names as one. */
export function hostScope(host: string): string {
  const lower = host.toLowerCase();
  return HUB_HOSTS.includes(lower) ? 'docker.io' : lower;
}

/**
 * The keys that were meant for a repository, grouped by how much they cover: those of the repository itself
 * first, those of the whole host last. A key matches only the exact host and port and whole path components.
 */
export function keysFor(keys: Iterable<string>, repository: Repository): readonly (readonly string[])[] {
  const byScope = new Map<string, string[]>();
  for (const key of keys) {
    const scope = keyScope(key);
    byScope.set(scope, [...(byScope.get(scope) ?? []), key]);
  }
  return scopesOf(repository)
    .map((scope) => (byScope.get(scope) ?? []).toSorted((a, b) => rank(a, scope) - rank(b, scope)))
    .filter((group) => group.length > 0);
}

/** `host/a/b`, `host/a`, `host` for the repository `host/a/b`. */
function scopesOf({ registry, path }: Repository): readonly string[] {
  const components = path.split('/');
  const scopes = [hostScope(registry)];
  for (let count = 1; count <= components.length; count++) {
    scopes.unshift(
      formatRepository({ registry: hostScope(registry), path: components.slice(0, count).join('/') }),
    );
  }
  return scopes;
}

/** Where one file has several spellings of a scope, the one its own program writes comes first. */
function rank(key: string, scope: string): number {
  if (key === DOCKER_HUB_KEY) return 0;
  return key === scope ? 1 : 2;
}

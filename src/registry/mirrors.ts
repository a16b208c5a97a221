import {
  formatRepository,
  NameError,
  parseReference,
  type Reference,
  type Repository,
} from '../oci/index.ts';
import { ConfigError, type MirrorRule, type RegistriesConf, type RegistryRule } from './registries-conf.ts';

/** A place where a repository can be reached. */
export interface Endpoint {
  /** Host and path to ask; another one than the image's name where the configuration moves it. */
  readonly repository: Repository;
  /** Plain HTTP and unverified certificates are allowed. */
  readonly insecure: boolean;
  readonly mirror: boolean;
}

export interface EndpointRequest extends Partial<Pick<Reference, 'tag' | 'digest'>> {
  readonly purpose: 'pull' | 'push';
}

/** registries.conf forbids the registry; names the rule and its file. */
export class RegistryBlockedError extends Error {
  override name = 'RegistryBlockedError';
  readonly kind = 'blocked';
}

/**
 * The places to ask for an image, in order: by registries.conf(5) the mirrors that may be used for it, then its
 * own registry. Pushes go to the image's own name. Throws `RegistryBlockedError` if no place is left, and
 * `ConfigError` if a rule turns the name into one that is none.
 */
export function endpointsFor(
  conf: RegistriesConf,
  repository: Repository,
  request: EndpointRequest,
): readonly Endpoint[] {
  const rule = findRule(conf, repository, request);
  if (rule === undefined) return [{ repository, insecure: false, mirror: false }];
  if (request.purpose === 'push') {
    if (rule.blocked) throw blocked(repository, rule);
    return [{ repository, insecure: rule.insecure, mirror: false }];
  }
  const endpoints: Endpoint[] = [];
  let refusal = rule.blocked ? rule : undefined;
  const add = (endpoint: Endpoint): void => {
    const target = findRule(conf, endpoint.repository, request);
    if (target?.blocked) refusal ??= target;
    else endpoints.push(endpoint);
  };
  for (const mirror of rule.mirrors) {
    if (!mayUse(mirror, request)) continue;
    add({ repository: move(repository, rule, mirror.location), insecure: mirror.insecure, mirror: true });
  }
  // A blocked registry with mirrors is how clusters say "from the mirrors or not at all".
  if (!rule.blocked) {
    add({ repository: move(repository, rule, rule.location), insecure: rule.insecure, mirror: false });
  }
  if (endpoints.length === 0) throw blocked(repository, refusal ?? rule);
  return endpoints;
}

/** The rule with the longest prefix of the image's normalised name. */
function findRule(
  conf: RegistriesConf,
  repository: Repository,
  { tag, digest }: Partial<Pick<Reference, 'tag' | 'digest'>>,
): RegistryRule | undefined {
  const name = formatRepository(repository);
  const texts = [name];
  if (tag !== undefined) texts.push(`${name}:${tag}`);
  if (digest !== undefined) texts.push(`${name}@${digest}`);
  let longest: RegistryRule | undefined;
  for (const rule of conf.registries) {
    const matches = texts.some((text) => matchLength(text, rule.prefix) !== undefined);
    if (matches && rule.prefix.length > (longest?.prefix.length ?? 0)) longest = rule;
  }
  return longest;
}

/** How much of a name a prefix covers; undefined if it does not match. */
function matchLength(name: string, prefix: string): number | undefined {
  if (prefix.startsWith('*.')) {
    const host = /^(?:\[[^\]]*\]|[^/:]*)/.exec(name)?.[0] ?? '';
    return host.endsWith(prefix.slice(1)) ? host.length : undefined;
  }
  if (!name.startsWith(prefix)) return undefined;
  // A host without a port covers its ports, too: so it is in podman, and configurations rely on it.
  return name.length === prefix.length || ':/@'.includes(name.charAt(prefix.length))
    ? prefix.length
    : undefined;
}

function mayUse({ use }: MirrorRule, { digest }: EndpointRequest): boolean {
  if (use === 'all') return true;
  return (use === 'digest-only') === (digest !== undefined);
}

/** The repository with the rule's prefix replaced by a location; without one, or with the same, as it is. */
function move(repository: Repository, rule: RegistryRule, location: string | undefined): Repository {
  if (location === undefined || location === rule.prefix) return repository;
  const name = formatRepository(repository);
  const moved = location + name.slice(matchLength(name, rule.prefix));
  const host = moved.split('/')[0] ?? '';
  try {
    // Without a dot or port the first part is no host, and the name would silently be one on Docker Hub.
    if (!/[.:A-Z]/.test(host) && host !== 'localhost') throw new NameError(moved, `"${host}" is no host`);
    const target = parseReference(moved);
    if (moved.includes('@') || moved.slice(host.length).includes(':')) {
      throw new NameError(moved, 'a location has neither tag nor digest');
    }
    return target.repository;
  } catch (cause) {
    throw new ConfigError(`${rule.file}: location "${location}" does not fit ${name}`, { cause });
  }
}

function blocked(repository: Repository, rule: RegistryRule): RegistryBlockedError {
  return new RegistryBlockedError(
    `${formatRepository(repository)}: blocked by the registry "${rule.prefix}" in ${rule.file}`,
  );
}

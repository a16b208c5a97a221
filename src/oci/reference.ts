import { type Digest, digestFault, isDigest } from './digest.ts';

/** A registry and a path in it, normalised: Docker Hub is `docker.io` and its short names have `library/`. */
export interface Repository {
  /** Host with optional port: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** Path in the registry: `library/nginx`. */
  readonly path: string;
}

/**
 * An image reference in the dialect of docker, containerd and the kubelet (distribution/reference).
 * Without tag and digest, `tag` is `latest`; with a digest, `tag` is only what was written.
 */
export interface Reference {
  readonly repository: Repository;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
  /** The text as it was written. */
  readonly text: string;
}

/** A text is no image reference; the message says which part of which name is wrong. */
export class NameError extends Error {
  override name = 'NameError';
  readonly reference: string;

  constructor(reference: string, fault: string) {
    super(`image reference "${shorten(reference)}": ${fault}`);
    this.reference = reference;
  }
}

const DOCKER_HUB = 'docker.io';
const MAX_PATH_LENGTH = 255;
const TAG = /^\w[\w.-]{0,127}$/;
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const DNS_HOST =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*$/;
const IPV6_HOST = /^\[[a-fA-F0-9:]+\]$/;

/** Parses a reference as the kubelet does; throws `NameError`. */
export function parseReference(text: string): Reference {
  const fail: (fault: string) => never = (fault) => {
    throw new NameError(text, fault);
  };
  if (text === '') fail('it is empty');
  const space = /\s/.exec(text);
  if (space) fail(`white space at character ${space.index + 1}`);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text);
  if (scheme) fail(`it begins with "${scheme[0]}", which names of images do not`);

  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) fail(digestFault(digest) ?? '');
  const beforeDigest = at < 0 ? text : text.slice(0, at);

  const [host, rest] = splitHost(beforeDigest);
  if (host !== undefined) checkHost(host, fail);
  const colon = rest.indexOf(':');
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) fail(tagFault(tag));
  const written = colon < 0 ? rest : rest.slice(0, colon);
  const repository = normalise(host, written);
  checkPath(written, repository.path, fail);
  if (host === undefined && tag === undefined && digest === undefined && /^[0-9a-f]{64}$/.test(written)) {
    fail('64 hex digits alone are an image id, not a name');
  }
  return {
    repository,
    tag: tag ?? (digest === undefined ? 'latest' : undefined),
    digest,
    text,
  };
}

/** The whole name, nothing left to defaults: `docker.io/library/nginx:latest`, `host/path:tag@sha256:…`. */
export function formatReference(reference: Pick<Reference, 'repository' | 'tag' | 'digest'>): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${formatRepository(reference.repository)}${tag}${digest}`;
}

export function formatRepository(repository: Repository): string {
  return `${repository.registry}/${repository.path}`;
}

/** The reference of one digest or tag in a repository, its text fully qualified. */
export function referenceTo(
  repository: Repository,
  { tag, digest }: { readonly tag?: string | undefined; readonly digest?: Digest | undefined },
): Reference {
  const parts = { repository, tag, digest };
  return { ...parts, text: formatReference(parts) };
}

export function sameRepository(a: Repository, b: Repository): boolean {
  return a.registry === b.registry && a.path === b.path;
}

function splitHost(name: string): [host: string | undefined, rest: string] {
  const slash = name.indexOf('/');
  if (slash < 0) return [undefined, name];
  const first = name.slice(0, slash);
  const isHost = /[.:A-Z]/.test(first) || first === 'localhost';
  return isHost ? [first, name.slice(slash + 1)] : [undefined, name];
}

function normalise(host: string | undefined, path: string): Repository {
  const registry = host === undefined || host === 'index.docker.io' ? DOCKER_HUB : host;
  return { registry, path: registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path };
}

function checkHost(text: string, fail: (fault: string) => never): void {
  const port = /:([^:\]]*)$/.exec(text);
  const host = port ? text.slice(0, port.index) : text;
  if (port && !/^[0-9]+$/.test(port[1] ?? '')) fail(`port "${port[1]}" of host "${text}" is not a number`);
  if (port && Number(port[1]) > 65535) fail(`port ${port[1]} of host "${text}" is above 65535`);
  if (!DNS_HOST.test(host) && !IPV6_HOST.test(host)) {
    fail(`"${host}" is not a host name, an IPv4 address or an IPv6 address in brackets`);
  }
}

function checkPath(written: string, path: string, fail: (fault: string) => never): void {
  if (written === '') fail('the repository is missing');
  for (const component of written.split('/')) {
    if (PATH_COMPONENT.test(component)) continue;
    fail(componentFault(component, written));
  }
  if (path.length > MAX_PATH_LENGTH) {
    fail(`repository path has ${path.length} characters, more than ${MAX_PATH_LENGTH}`);
  }
}

function componentFault(component: string, path: string): string {
  if (component === '') return `repository "${path}" has an empty component`;
  const where = component === path ? `repository "${path}"` : `"${component}" in repository "${path}"`;
  if (/[A-Z]/.test(component)) return `${where} has an upper-case letter`;
  const odd = /[^a-z0-9._-]/.exec(component);
  if (odd) return `${where} has the character "${odd[0]}"`;
  if (/^[._-]|[._-]$/.test(component)) return `${where} starts or ends with a separator`;
  return `${where} has separators other than ".", "_", "__" or dashes between letters and digits`;
}

function tagFault(tag: string): string {
  if (tag === '') return 'the tag is empty';
  if (tag.length > 128) return `the tag has ${tag.length} characters, more than 128`;
  const odd = /[^\w.-]/.exec(tag);
  return odd ? `tag "${tag}" has the character "${odd[0]}"` : `tag "${tag}" starts with "${tag[0]}"`;
}

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}

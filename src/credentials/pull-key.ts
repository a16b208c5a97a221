import type { Repository } from '../oci/index.ts';
import { globMatches } from './glob.ts';

/** For which repositories an entry of a pull secret is meant, as the kubelet reads it. */
export interface PullKey {
  /** `host[:port][/path]`: what keys are ordered by. */
  readonly text: string;
  /** The host between its dots; each part may hold stars. */
  readonly hostParts: readonly string[];
  /** Empty for none. */
  readonly port: string;
  /** Beginning of the repository's path, from its slash on. */
  readonly path: string;
}

interface Address {
  readonly host: string;
  readonly path: string;
}

// Of all characters that Go lets into the host of a URL, these can also stand in the host of an image, and the star.
// The other signs of a shell pattern never reach the kubelet's matcher: `?` begins a query, `[` and `\` are refused.
const HOST = /^(?:\[([0-9a-fA-F:]+)\]:([0-9]+)|([a-zA-Z0-9.*-]*)(?::([0-9]*))?)$/;
const USER_INFO = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2})*$/;

/**
 * Reads a key of `auths` as the kubelet does (k8s.io/kubernetes/pkg/credentialprovider); undefined for one that Go
 * does not take for a URL or that can match no image.
 */
export function parsePullKey(key: string): PullKey | undefined {
  const written = parseAddress(key.replace(/^https?:\/\//, ''));
  if (written === undefined) return undefined;
  const path = written.path.replace(/^\/v[12](?=\/)/, '');
  const text = path === '/' ? written.host : `${written.host}${path}`;
  // The kubelet reads what it made of the key as a URL again, so that escapes and a query count twice.
  const compared = parseAddress(text);
  const host = HOST.exec(written.host);
  if (compared === undefined || host === null) return undefined;
  const [, literal, literalPort, name = '', port = ''] = host;
  return {
    text,
    hostParts: (literal ?? name).split('.'),
    port: literalPort ?? port,
    path: compared.path,
  };
}

/** Whether an entry is meant for a repository: ports equal, hosts part by part, the path a plain beginning. */
export function keyMatches(key: PullKey, { registry, path }: Repository): boolean {
  const [, literal, name = registry, port = ''] = /^(?:\[(.*)\]|([^[]*)):([0-9]*)$/.exec(registry) ?? [];
  const parts = (literal ?? name).split('.');
  return (
    key.port === port &&
    key.hostParts.length === parts.length &&
    `/${path}`.startsWith(key.path) &&
    key.hostParts.every((part, index) => globMatches(part, parts[index] ?? ''))
  );
}

/** Host and decoded path of `https://TEXT` by the rules of Go's net/url. */
function parseAddress(text: string): Address | undefined {
  const [url, fragment] = cut(text, '#');
  if (/\p{Cc}/u.test(url) || /%(?![0-9a-f]{2})/i.test(fragment)) return undefined;
  const [address] = cut(url, '?');
  const [authority] = cut(address, '/');
  const at = authority.lastIndexOf('@');
  if (!USER_INFO.test(authority.slice(0, Math.max(at, 0)))) return undefined;
  const host = authority.slice(at + 1);
  const path = decode(address.slice(authority.length));
  return path === undefined || !HOST.test(host) ? undefined : { host, path };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function cut(text: string, separator: string): readonly [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

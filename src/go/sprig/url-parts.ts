import { quote } from '../template/quote.ts';
import type { ByteString } from '../template/text.ts';

/** The parts of a URL as sprig names them; path and fragment are unescaped. */
export interface UrlParts {
  readonly scheme: ByteString;
  readonly host: ByteString;
  readonly hostname: ByteString;
  readonly path: ByteString;
  readonly query: ByteString;
  readonly opaque: ByteString;
  readonly fragment: ByteString;
  readonly userinfo: ByteString;
}

/** The bytes that need an escape in a part of a URL. */
const ESCAPED = {
  path: /[^A-Za-z0-9_.~$&+,/:;=@-]/gs,
  fragment: /[^A-Za-z0-9_.~$&+,/:;=?@!()*-]/gs,
  host: /[^A-Za-z0-9_.~!$&'()*+,;=:[\]<>"-]/gs,
  user: /[^A-Za-z0-9_.~$&+,;=-]/gs,
} as const;

/** Reads a URL as Go's net/url does; throws its errors. */
export function parseUrl(text: ByteString): UrlParts {
  const hash = text.indexOf('#');
  const [body, fragment] = hash < 0 ? [text, ''] : [text.slice(0, hash), text.slice(hash + 1)];
  try {
    const parts = parseBody(body);
    return { ...parts, fragment: inUrl(text, () => unescape(fragment)) };
  } catch (error) {
    if (error instanceof UrlFault)
      throw new Error(`parse ${quote(error.url ?? body)}: ${error.message}`, { cause: error });
    throw error;
  }
}

class UrlFault extends Error {
  override readonly name = 'UrlFault';
  /** What was being parsed, if it was more than the part before the fragment. */
  readonly url: ByteString | undefined;

  constructor(message: string, url?: ByteString) {
    super(message);
    this.url = url;
  }
}

function inUrl<T>(url: ByteString, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof UrlFault ? new UrlFault(error.message, url) : error;
  }
}

function parseBody(text: ByteString): Omit<UrlParts, 'fragment'> {
  const nothing = { scheme: '', host: '', hostname: '', path: '', query: '', opaque: '', userinfo: '' };
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\0-\x1f\x7f]/.test(text)) throw new UrlFault('net/url: invalid control character in URL');
  if (text === '*') return { ...nothing, path: '*' };
  if (text.startsWith(':')) throw new UrlFault('missing protocol scheme');
  const [prefix = '', name = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text) ?? [];
  const scheme = name.toLowerCase();
  const [rest, query] = cut(text.slice(prefix.length), '?');
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...nothing, scheme, query, opaque: rest };
    if (cut(rest, '/')[0].includes(':')) throw new UrlFault('first path segment in URL cannot contain colon');
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  if (!hasAuthority) return { ...nothing, scheme, query, path: unescape(rest) };
  const slash = rest.indexOf('/', 2);
  const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1), scheme);
  const userinfo = at < 0 ? '' : parseUserinfo(authority.slice(0, at));
  const path = slash < 0 ? '' : unescape(rest.slice(slash));
  return { ...nothing, scheme, query, host, hostname: hostnameOf(host), userinfo, path };
}

function cut(text: ByteString, separator: string): readonly [ByteString, ByteString] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** The user information of a URL, escaped as Go writes it; throws for what cannot be one. */
export function parseUser(userinfo: ByteString): ByteString {
  return parseUrl(`proto://${userinfo}@host`).userinfo;
}

function parseUserinfo(userinfo: ByteString): ByteString {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) throw new UrlFault('net/url: invalid userinfo');
  const [name, password] = cut(userinfo, ':');
  const user = escapePart(unescape(name), 'user');
  return userinfo.includes(':') ? `${user}:${escapePart(unescape(password), 'user')}` : user;
}

function parseHost(host: ByteString, scheme: ByteString): ByteString {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) throw new UrlFault('invalid IP-literal');
  const close = host.lastIndexOf(']');
  if (bracket === 0 && close < 0) throw new UrlFault("missing ']' in host");
  const strict = scheme === 'http' || scheme === 'https';
  const colon = bracket === 0 ? close + 1 : strict ? host.indexOf(':') : host.lastIndexOf(':');
  const port = colon < 0 ? '' : host.slice(colon);
  if (!/^(?::[0-9]*)?$/.test(port)) throw new UrlFault(`invalid port ${quote(port)} after host`);
  const escapes = host.match(/%(?:[0-9A-Fa-f]{2})?/g) ?? [];
  const ascii = escapes.find((escape) => /^%[0-7]/.test(escape) && escape !== '%25');
  if (ascii !== undefined) throw new UrlFault(`invalid URL escape ${quote(ascii)}`);
  const unescaped = unescape(host);
  const strange = /[^%\x80-\xffA-Za-z0-9_.~!$&'()*+,;=:[\]<>"-]/.exec(host)?.[0];
  if (strange !== undefined) throw new UrlFault(`invalid character ${quote(strange)} in host name`);
  return unescaped;
}

function hostnameOf(host: ByteString): ByteString {
  const bare = host.replace(/:[0-9]*$/, '');
  return bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare;
}

function unescape(text: ByteString): ByteString {
  const broken = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text)?.[0];
  if (broken !== undefined) throw new UrlFault(`invalid URL escape ${quote(broken)}`);
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** A part of a URL with escapes for what may not stand in it. */
export function escapePart(text: ByteString, part: keyof typeof ESCAPED): ByteString {
  return text.replace(
    ESCAPED[part],
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

import type { ByteString } from '../template/text.ts';
import { Dictionary, kindName } from '../template/value.ts';
import { define, type Family, ofText } from './define.ts';
import { escapePart, parseUrl, parseUser, type UrlParts } from './url-parts.ts';

/** Functions of URLs as dictionaries of their parts. */
export function urlFunctions(): Family {
  return {
    urlParse: ofText((text) => new Dictionary('map[string]interface {}', Object.entries(parts(text)))),
    urlJoin: define(['map[string]interface {}'], (args) => join(args.map(0))),
  };
}

function parts(text: ByteString): UrlParts {
  return orPanic('unable to parse url', () => parseUrl(text));
}

function orPanic<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function join(map: Dictionary): ByteString {
  const [scheme, host, path, query] = ['scheme', 'host', 'path', 'query'].map((key) => read(map, key));
  const [opaque, fragment, userinfo] = ['opaque', 'fragment', 'userinfo'].map((key) => read(map, key));
  const user =
    userinfo === '' ? '' : orPanic('unable to parse userinfo in dict', () => parseUser(userinfo ?? ''));
  const written =
    opaque === '' ? authority({ scheme, host, path, user }) : `${scheme === '' ? '' : `${scheme}:`}${opaque}`;
  const tail = fragment === '' ? '' : `#${escapePart(fragment ?? '', 'fragment')}`;
  return written + (query === '' ? '' : `?${query}`) + tail;
}

interface Place {
  readonly scheme?: ByteString | undefined;
  readonly host?: ByteString | undefined;
  readonly path?: ByteString | undefined;
  readonly user: ByteString;
}

function authority({ scheme = '', host = '', path = '', user }: Place): ByteString {
  const escaped = path === '*' ? path : escapePart(path, 'path');
  let out = scheme === '' ? '' : `${scheme}:`;
  if (host !== '' || user !== '' || (scheme !== '' && path !== '')) out += '//';
  if (user !== '') out += `${user}@`;
  out += escapePart(host, 'host');
  if (escaped !== '' && !escaped.startsWith('/') && host !== '') out += '/';
  // A colon in the first part would be taken for the end of a scheme.
  if (out === '' && (escaped.split('/')[0] ?? '').includes(':')) out = './';
  return out + escaped;
}

function read(map: Dictionary, key: string): ByteString {
  const value = map.entries.get(key);
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  throw new Error(`unable to parse ${key} key, must be of type string, but ${kindName(value)} found`);
}

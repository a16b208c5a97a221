import { CredentialError } from './errors.ts';
import { jsonFault } from './json-fault.ts';

/** What a docker `config.json` or a podman `auth.json` says about credentials; entries are still unread. */
export interface ConfigFile {
  /** Key → entry, each read only when it is the one asked for: a broken one must not hide the others. */
  readonly auths: ReadonlyMap<string, unknown>;
  /** Key → helper name; an empty name means this file's `auths`. */
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
}

/** How a file is written: `legacy` is `~/.dockercfg`, whose whole content is what is `auths` elsewhere. */
export type ConfigFormat = 'config' | 'legacy';

/** What errors call an entry. */
export function entryName(key: string, format: ConfigFormat): string {
  return format === 'legacy' ? `[${keyName(key)}]` : `auths[${keyName(key)}]`;
}

const LONGEST_KEY = 100;

/** A key without what may be a password in it, in one line and not for ever. */
function keyName(key: string): string {
  const bare = key.replace(/^((?:https?:\/\/)?)[^/]*@/i, '$1…@').replace(/[\s\p{Cc}]+/gu, ' ');
  return JSON.stringify(bare.length > LONGEST_KEY ? `${bare.slice(0, LONGEST_KEY)}…` : bare);
}

/** Parses a credential file; throws `CredentialError` with the source's name and the place in it. */
export function parseConfigFile(text: string, source: string, format: ConfigFormat): ConfigFile {
  const root = object(parseJson(text, source), source);
  if (format === 'legacy') {
    return { auths: new Map(Object.entries(root)), credHelpers: new Map(), credsStore: undefined };
  }
  const auths = object(own(root, 'auths'), `${source}: "auths"`);
  const helpers = object(own(root, 'credHelpers'), `${source}: "credHelpers"`);
  const credHelpers = new Map<string, string>();
  for (const [key, name] of Object.entries(helpers)) {
    if (typeof name !== 'string')
      throw new CredentialError(`${source}: credHelpers[${keyName(key)}] is not a string`);
    credHelpers.set(key, name);
  }
  const store = own(root, 'credsStore') ?? '';
  if (typeof store !== 'string') throw new CredentialError(`${source}: "credsStore" is not a string`);
  return {
    auths: new Map(Object.entries(auths)),
    credHelpers,
    credsStore: store === '' ? undefined : store,
  };
}

function parseJson(text: string, source: string): unknown {
  // A file that was created and never written is an empty configuration to docker.
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    const { line, column } = jsonFault(text) ?? { line: 1, column: 1 };
    throw new CredentialError(`${source}, line ${line}, column ${column}: not valid JSON`);
  }
}

/** A JSON object's fields, none for an absent or null one. */
function object(value: unknown, what: string): object {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new CredentialError(`${what} is not a JSON object`);
  return value;
}

function own(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

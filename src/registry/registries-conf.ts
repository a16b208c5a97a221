import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { Environment } from '../http/index.ts';

/** When a mirror may be asked: for every image, or only for those named by digest or by tag. */
export type MirrorUse = 'all' | 'digest-only' | 'tag-only';

export interface MirrorRule {
  /** `host[:port][/namespace…]`, put in place of the rule's prefix. */
  readonly location: string;
  readonly insecure: boolean;
  readonly use: MirrorUse;
}

/** One `[[registry]]` table. */
export interface RegistryRule {
  /** `host[:port][/namespace…]` or `*.example.com`. */
  readonly prefix: string;
  /** Undefined, with a wildcard prefix only, means the name as it is. */
  readonly location: string | undefined;
  readonly insecure: boolean;
  readonly blocked: boolean;
  /** In the order in which they are to be asked. */
  readonly mirrors: readonly MirrorRule[];
  /** The file that says so, for error messages. */
  readonly file: string;
}

/** What registries.conf says about where images are; search lists and aliases of short names are not read. */
export interface RegistriesConf {
  /** At most one rule for each prefix. */
  readonly registries: readonly RegistryRule[];
  /** Names of helpers, and `containers-auth.json` for the credential files. */
  readonly credentialHelpers: readonly string[];
}

/** A configuration file that cannot be read or says something impossible; names the file and the key. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

export interface LoadOptions {
  /** A file to read instead of the usual ones; it must exist. */
  readonly path?: string;
}

interface Fragment {
  readonly registries: readonly RegistryRule[];
  readonly credentialHelpers: readonly string[] | undefined;
}

/**
 * Reads registries.conf(5), version 2. A file that is named, by the option or by `CONTAINERS_REGISTRIES_CONF`,
 * is all that counts. Else it is the user's file with the user's drop-ins, or without one the system's file
 * with the system's drop-ins and then the user's. No file at all is an empty configuration.
 */
export async function loadRegistriesConf(
  environment: Environment,
  { path }: LoadOptions = {},
): Promise<RegistriesConf> {
  const named = path ?? environment.variables['CONTAINERS_REGISTRIES_CONF'];
  if (named) {
    const text = await readText(environment, named);
    const origin = path === undefined ? ', named by CONTAINERS_REGISTRIES_CONF,' : '';
    if (text === undefined) throw new ConfigError(`${named}${origin} does not exist`);
    return merge([parseFragment(text, named)]);
  }
  const user = join(environment.home, '.config/containers/registries.conf');
  const system = '/etc/containers/registries.conf';
  const own = await readText(environment, user);
  const files = [own === undefined ? system : user];
  if (own === undefined) files.push(...(await dropIns(environment, `${system}.d`)));
  files.push(...(await dropIns(environment, `${user}.d`)));
  const fragments: Fragment[] = [];
  for (const file of files) {
    const text = file === user ? own : await readText(environment, file);
    if (text !== undefined) fragments.push(parseFragment(text, file));
  }
  return merge(fragments);
}

async function dropIns(environment: Environment, folder: string): Promise<string[]> {
  try {
    const names = await environment.readDirectory(folder);
    return names.filter((name) => name.endsWith('.conf')).map((name) => join(folder, name));
  } catch (cause) {
    throw new ConfigError(`${folder} cannot be read`, { cause });
  }
}

async function readText(environment: Environment, file: string): Promise<string | undefined> {
  try {
    return await environment.readFile(file);
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read`, { cause });
  }
}

/** Later files replace whole rules of the same prefix; within a file the first of a prefix counts. */
function merge(fragments: readonly Fragment[]): RegistriesConf {
  const rules = new Map<string, RegistryRule>();
  let credentialHelpers: readonly string[] | undefined;
  for (const fragment of fragments) {
    for (const rule of fragment.registries.toReversed()) rules.set(rule.prefix, rule);
    credentialHelpers = fragment.credentialHelpers ?? credentialHelpers;
  }
  return {
    // Podman's order: of *.example.com and a.example.com, equally long, the first is found first.
    registries: [...rules.values()].toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1)),
    credentialHelpers: credentialHelpers?.length ? credentialHelpers : ['containers-auth.json'],
  };
}

function parseFragment(text: string, file: string): Fragment {
  const root = new Table(parseToml(text, file), file, '');
  if (root.has('registries')) {
    throw new ConfigError(
      `${file}: "registries" is version 1 of the format; write a [[registry]] table with location, insecure or blocked for each registry`,
    );
  }
  const registries = root.tables('registry').map((table) => registryRule(table, file));
  checkConflicts(registries, file);
  return { registries, credentialHelpers: root.strings('credential-helpers') };
}

function registryRule(table: Table, file: string): RegistryRule {
  const written = table.location('location');
  const prefix = table.location('prefix') ?? written;
  if (prefix === undefined) table.fail('prefix', 'and "location" are both missing');
  const wildcard = prefix.startsWith('*.');
  if (wildcard && /[/:@]/.test(prefix)) {
    table.fail('prefix', `"${prefix}" has more than a host after its wildcard; write *.example.com`);
  }
  if (written === undefined && !wildcard)
    table.fail('location', 'is missing; only a prefix like *.example.com can do without');
  if (table.has('pull-from-mirror')) table.fail('pull-from-mirror', 'belongs into [[registry.mirror]]');
  const byDigestOnly = table.boolean('mirror-by-digest-only');
  const mirrors = table.tables('mirror').map((mirror) => mirrorRule(mirror, byDigestOnly));
  // Such a rule may block or allow plain HTTP; moving one tag elsewhere would need a new tag, too.
  if (/\/.*[:@]/.test(prefix)) {
    const moved = written !== prefix || mirrors.length > 0;
    if (moved) table.fail('prefix', `"${prefix}" has a tag or digest, so it cannot be moved or mirrored`);
  }
  return {
    prefix,
    location: written,
    insecure: table.boolean('insecure'),
    blocked: table.boolean('blocked'),
    mirrors,
    file,
  };
}

function mirrorRule(table: Table, byDigestOnly: boolean): MirrorRule {
  const location = table.location('location') ?? table.fail('location', 'is missing');
  const use = table.string('pull-from-mirror') ?? '';
  if (use !== '' && byDigestOnly)
    table.fail('pull-from-mirror', 'cannot be used together with mirror-by-digest-only');
  if (use !== '' && use !== 'all' && use !== 'digest-only' && use !== 'tag-only') {
    table.fail('pull-from-mirror', `is "${use}"; allowed are all, digest-only and tag-only`);
  }
  return {
    location,
    insecure: table.boolean('insecure'),
    use: byDigestOnly ? 'digest-only' : use === '' ? 'all' : use,
  };
}

/** One place that is both insecure and not, or blocked and not, would depend on the name that led there. */
function checkConflicts(rules: readonly RegistryRule[], file: string): void {
  const first = new Map<string, RegistryRule>();
  for (const rule of rules) {
    const place = rule.location ?? rule.prefix;
    const other = first.get(place) ?? rule;
    first.set(place, other);
    for (const key of ['insecure', 'blocked'] as const) {
      if (rule[key] !== other[key])
        throw new ConfigError(`${file}: "${place}" is given twice, with different values of "${key}"`);
    }
  }
}

function parseToml(text: string, file: string): object {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const fault = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    throw new ConfigError(`${file}, line ${error.line}, column ${error.column}: not valid TOML: ${fault}`);
  }
}

/** A TOML table whose errors say in which file and under which key they are. */
class Table {
  readonly #values: object;
  readonly #file: string;
  readonly #path: string;

  constructor(values: object, file: string, path: string) {
    this.#values = values;
    this.#file = file;
    this.#path = path;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values, key);
  }

  string(key: string): string | undefined {
    const value = this.#get(key);
    return value === undefined || typeof value === 'string' ? value : this.fail(key, 'is not a string');
  }

  boolean(key: string): boolean {
    const value = this.#get(key) ?? false;
    return typeof value === 'boolean' ? value : this.fail(key, 'is neither true nor false');
  }

  strings(key: string): readonly string[] | undefined {
    const value = this.#get(key);
    if (value === undefined) return undefined;
    const isList = Array.isArray(value) && value.every((item: unknown) => typeof item === 'string');
    return isList ? value : this.fail(key, 'is not a list of strings');
  }

  /** `host[:port][/namespace…]` without slashes at its end; undefined if absent or empty. */
  location(key: string): string | undefined {
    const value = (this.string(key) ?? '').replace(/\/+$/, '');
    if (/^https?:\/\//.test(value)) this.fail(key, `"${value}" is a URL; write it without the scheme`);
    return value === '' ? undefined : value;
  }

  tables(key: string): readonly Table[] {
    const value = this.#get(key) ?? [];
    const header = this.#path === '' ? key : `registry.${key}`;
    if (!Array.isArray(value)) this.fail(key, `is not a list of tables; write [[${header}]]`);
    return value.map((item: unknown, index) => {
      const path = `${this.#path}${key}[${index + 1}]`;
      if (typeof item !== 'object' || item === null)
        this.fail(key, `is not a list of tables; write [[${header}]]`);
      return new Table(item, this.#file, `${path}.`);
    });
  }

  fail(key: string, fault: string): never {
    throw new ConfigError(`${this.#file}: "${this.#path}${key}" ${fault}`);
  }

  #get(key: string): unknown {
    return this.has(key) ? Reflect.get(this.#values, key) : undefined;
  }
}

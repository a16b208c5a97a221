import { dirname } from 'node:path';
import type { Environment } from '../http/index.ts';
import { parseYaml, YamlFault } from '../yaml/index.ts';
import { ConfigError } from './config-error.ts';
import { Fields } from './fields.ts';

/** A named part of a kubeconfig, unread: a broken one must not hide those that are used. */
export interface KubeconfigEntry {
  readonly fields: Fields;
  /** Where its relative paths start. */
  readonly folder: string;
}

/** What the current context of one or several kubeconfigs says. */
export interface KubeconfigContext {
  /** For messages: `/home/me/.kube/config, context "dev"`. */
  readonly source: string;
  readonly cluster: KubeconfigEntry;
  /** Undefined for anonymous access. */
  readonly user: KubeconfigEntry | undefined;
  readonly namespace: string | undefined;
}

type Entries = Map<string, KubeconfigEntry>;

interface Kubeconfig {
  readonly path: string;
  readonly clusters: Entries;
  readonly users: Entries;
  readonly contexts: Entries;
  readonly currentContext: string | undefined;
}

/**
 * Reads kubeconfigs and merges them as kubectl does: of several current contexts, and of several entries of one name,
 * the first wins. Files that do not exist are passed over; undefined if none exists. Throws `ConfigError`.
 */
export async function readKubeconfigs(
  paths: readonly string[],
  environment: Environment,
): Promise<KubeconfigContext | undefined> {
  const files: Kubeconfig[] = [];
  for (const path of paths) {
    const text = await readText(path, environment);
    if (text !== undefined) files.push(parseKubeconfig(text, path));
  }
  return files.length === 0 ? undefined : currentContext(files);
}

async function readText(path: string, environment: Environment): Promise<string | undefined> {
  try {
    return await environment.readFile(path);
  } catch (cause) {
    throw new ConfigError(`kubeconfig ${path} cannot be read`, { cause });
  }
}

function parseKubeconfig(text: string, path: string): Kubeconfig {
  const place = `kubeconfig ${path}`;
  const root = new Fields(parse(text, place) ?? {}, place);
  const entries = (list: string, member: string): Entries => {
    const found: Entries = new Map();
    for (const item of root.objects(list)) {
      const name = item.required('name');
      if (found.has(name)) throw new ConfigError(`${place}: two of ${list} are named "${name}"`);
      const fields = item.object(member) ?? new Fields({}, `${item.place}.${member}`);
      found.set(name, { fields, folder: dirname(path) });
    }
    return found;
  };
  return {
    path,
    clusters: entries('clusters', 'cluster'),
    users: entries('users', 'user'),
    contexts: entries('contexts', 'context'),
    currentContext: root.string('current-context'),
  };
}

/** The reader's own words may quote the text, which holds credentials: only the place is told. */
function parse(text: string, place: string): unknown {
  if (text.trim() === '') return {};
  try {
    return parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    const before = text.slice(0, error.offset).split('\n');
    const column = (before.at(-1) ?? '').length + 1;
    throw new ConfigError(`${place}, line ${before.length}, column ${column}: not valid YAML`);
  }
}

function currentContext(files: readonly Kubeconfig[]): KubeconfigContext {
  const paths = files.map(({ path }) => path).join(', ');
  const current = files.map((file) => file.currentContext).find((name) => name !== undefined);
  if (current === undefined) {
    throw new ConfigError(
      `kubeconfig ${paths} has no current-context (kubectl config use-context NAME sets it)`,
    );
  }
  const find = (kind: 'clusters' | 'users' | 'contexts', name: string): KubeconfigEntry => {
    const entry = files.map((file) => file[kind].get(name)).find((found) => found !== undefined);
    if (entry !== undefined) return entry;
    const what = kind === 'contexts' ? 'current-context' : `context "${current}"`;
    throw new ConfigError(`kubeconfig ${paths}: ${what} names "${name}", which is not among the ${kind}`);
  };
  const { fields: context } = find('contexts', current);
  const user = context.string('user');
  return {
    source: `${paths}, context "${current}"`,
    cluster: find('clusters', context.required('cluster')),
    user: user === undefined ? undefined : find('users', user),
    namespace: context.string('namespace'),
  };
}

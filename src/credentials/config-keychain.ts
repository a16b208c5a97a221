import type { Repository } from '../oci/index.ts';
import type { Credential, Keychain } from '../registry/index.ts';
import { entryCredential } from './auth-entry.ts';
import { type ConfigFile, entryName } from './config-file.ts';
import { ConfigReader, type ConfigReaderOptions, type ConfigText } from './config-reader.ts';
import { CredentialError } from './errors.ts';
import type { CredentialHelpers } from './helper.ts';
import { DOCKER_HUB_KEY, hostScope, keyScope, keysFor } from './keys.ts';

/** Whose file it is: docker and podman store Docker Hub's credentials in helpers under different keys. */
export type Dialect = 'docker' | 'podman';

/** A text in the format of docker's `config.json`, wherever it is kept. */
export interface ConfigSource extends ConfigText {
  readonly dialect: Dialect;
}

/**
 * Answers from one file: the helper named for the host, else the file's store, then its own entries. Of the
 * entries only the narrowest that match count: a namespace's credential is not replaced by the host's.
 */
export function configKeychain(
  source: ConfigSource,
  helpers: CredentialHelpers,
  options: ConfigReaderOptions,
): Keychain {
  const reader = new ConfigReader(source, options);
  return {
    credentials: async (repository, signal) => {
      const config = await reader.read();
      if (config === undefined) return [];
      const helper = helperFor(config, repository);
      const kept = helper === undefined ? [] : await askHelper(source, helpers, helper, repository, signal);
      return kept.length > 0 ? kept : entriesFor(config, source, repository);
    },
  };
}

/** Answers from one helper for every host, as `credential-helpers` of registries.conf names it. */
export function helperKeychain(name: string, origin: string, helpers: CredentialHelpers): Keychain {
  const source = { name: origin, dialect: 'podman' as const };
  return {
    credentials: async (repository, signal) => await askHelper(source, helpers, name, repository, signal),
  };
}

function helperFor(config: ConfigFile, { registry }: Repository): string | undefined {
  const named = [...config.credHelpers].find(([key]) => keyScope(key) === hostScope(registry))?.[1];
  const name = named ?? config.credsStore;
  return name === '' ? undefined : name;
}

async function askHelper(
  { name: origin, dialect }: Pick<ConfigSource, 'name' | 'dialect'>,
  helpers: CredentialHelpers,
  helper: string,
  { registry }: Repository,
  signal: AbortSignal,
): Promise<readonly Credential[]> {
  const isHub = hostScope(registry) === 'docker.io';
  const hubKey = dialect === 'docker' ? DOCKER_HUB_KEY : 'docker.io';
  try {
    const credential = await helpers.get(helper, isHub ? hubKey : registry, signal);
    return credential === undefined ? [] : [credential];
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    throw new CredentialError(`${origin}: ${error.message}`, { cause: error.cause });
  }
}

function entriesFor(config: ConfigFile, source: ConfigSource, repository: Repository): readonly Credential[] {
  for (const keys of keysFor(config.auths.keys(), repository)) {
    const found: Credential[] = [];
    for (const key of keys) {
      const where = `${source.name}: ${entryName(key, source.format)}`;
      const credential = entryCredential(config.auths.get(key), where);
      if (credential !== undefined) found.push(credential);
    }
    if (found.length > 0) return found;
  }
  return [];
}

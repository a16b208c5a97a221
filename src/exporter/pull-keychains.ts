import { createHash } from 'node:crypto';
import { chain, type PullSecretEntry, pullCredentials } from '../credentials/index.ts';
import { toError } from '../http/index.ts';
import type { Puller } from '../kubernetes/index.ts';
import type { Repository } from '../oci/index.ts';
import type { Credential, Keychain, Withheld } from '../registry/index.ts';
import type { PullAccess } from '../lookups/index.ts';
import type { SecretReader } from './secret-reader.ts';
import type { CredentialFault } from './secret-reader-objects.ts';

export interface PullKeychainsOptions {
  /** Undefined where secrets of the cluster are not to be read. */
  readonly reader: SecretReader | undefined;
  /** Credentials that are everybody's: docker's configuration, clouds. */
  readonly base: Keychain;
  readonly onFault: (fault: CredentialFault) => void;
}

/** What a puller has. */
interface Belongings {
  /** Of all its secrets, best first. */
  credentials: readonly Credential[];
  /** `secret/namespace/name@version` of all that was read for it. */
  readonly versions: string[];
  /** Why something could not be read that may be there. */
  readonly failures: unknown[];
}

/** So many pullers are read for at a time: an image of all namespaces must not become a flood of requests. */
const READERS = 8;
/**
 * Credentials of one puller, and of all, that are tried for an image: a secret may hold thousands of passwords, and what
 * is not tried by its author must not be tried here.
 */
const MOST_OF_ONE = 8;
const MOST = 64;

const ANYBODY: Keychain = { credentials: async () => [{ kind: 'anonymous' }] };

/** The credentials with which pods pull: those of their secrets, then everybody's, then none. */
export class PullKeychains implements PullAccess {
  readonly #options: PullKeychainsOptions;
  /** By registry, what everybody's credentials failed with last. */
  readonly #faults = new Map<string, string>();

  constructor(options: PullKeychainsOptions) {
    this.#options = options;
  }

  /**
   * Offers what the pullers' secrets have for a repository, the best of each puller first, each candidate once. What
   * cannot be read now is offered as withheld: a refusal without it would say nothing.
   */
  keychain(pullers: readonly Puller[]): Keychain {
    return {
      credentials: async (repository, signal) => await this.#offer(pullers, repository, signal),
    };
  }

  async fingerprint(
    pullers: readonly Puller[],
    repository: Repository,
    signal: AbortSignal,
  ): Promise<string> {
    const versions = new Set<string>();
    for (const belongings of await this.#belongings(pullers, repository, signal)) {
      if (belongings.failures.length > 0) throw belongings.failures[0];
      for (const version of belongings.versions) versions.add(version);
    }
    versions.add(`base@${JSON.stringify(await this.#basis(repository, signal))}`);
    // Pullers come in any order, and some images have hundreds of them.
    return createHash('sha256')
      .update([...versions].toSorted().join('\n'))
      .digest('base64url');
  }

  async #offer(
    pullers: readonly Puller[],
    repository: Repository,
    signal: AbortSignal,
  ): Promise<readonly (Credential | Withheld)[]> {
    const all = await this.#belongings(pullers, repository, signal);
    const secrets: Keychain = {
      credentials: async () => [
        ...inTurn(all.map(({ credentials }) => credentials)),
        ...all.flatMap(({ failures }) => failures.map(withheld)),
      ],
    };
    const everybody: Keychain = {
      credentials: async () => await this.#everybody(repository, signal),
    };
    // None of the three throws.
    const offers = chain([secrets, everybody, ANYBODY], { warn: () => undefined });
    return await offers.credentials(repository, signal);
  }

  async #everybody(repository: Repository, signal: AbortSignal): Promise<readonly (Credential | Withheld)[]> {
    const { registry } = repository;
    try {
      const offered = await this.#options.base.credentials(repository, signal);
      this.#faults.delete(registry);
      return offered;
    } catch (error) {
      signal.throwIfAborted();
      this.#report(registry, toError(error).message);
      return [withheld(error)];
    }
  }

  /** What everybody has; nothing while that cannot be told. */
  async #basis(repository: Repository, signal: AbortSignal): Promise<readonly (Credential | Withheld)[]> {
    try {
      return await this.#options.base.credentials(repository, signal);
    } catch {
      signal.throwIfAborted();
      return [];
    }
  }

  #report(registry: string, message: string): void {
    const repeated = [...this.#faults.values()].includes(message);
    // Authors of pods choose the hosts: what is remembered of them has a bound.
    if (this.#faults.size >= MOST) this.#faults.clear();
    this.#faults.set(registry, message);
    this.#options.onFault({ source: 'keychain', reason: 'unavailable', message, repeated });
  }

  async #belongings(
    pullers: readonly Puller[],
    repository: Repository,
    signal: AbortSignal,
  ): Promise<readonly Belongings[]> {
    const { reader } = this.#options;
    if (reader === undefined) return [];
    const all = pullers.map((): Belongings => ({ credentials: [], versions: [], failures: [] }));
    const waiting = pullers.entries();
    const work = async (): Promise<void> => {
      for (const [index, puller] of waiting) {
        const belongings = all[index];
        if (!belongings) continue;
        const entries = await collect(reader, puller, belongings, signal);
        belongings.credentials = pullCredentials(entries, repository).slice(0, MOST_OF_ONE);
      }
    };
    await Promise.all(Array.from({ length: Math.min(READERS, pullers.length) }, work));
    return all;
  }
}

/** The first of each, the second of each, and so on, each once. */
function inTurn(all: readonly (readonly Credential[])[]): readonly Credential[] {
  const offered = new Map<string, Credential>();
  for (let turn = 0; turn < MOST_OF_ONE; turn++) {
    for (const { [turn]: credential } of all) {
      if (credential && offered.size < MOST) offered.set(JSON.stringify(credential), credential);
    }
  }
  return [...offered.values()];
}

function withheld(error: unknown): Withheld {
  return { kind: 'withheld', error: toError(error) };
}

async function collect(
  reader: SecretReader,
  { namespace, secrets, serviceAccount }: Puller,
  { versions, failures }: Belongings,
  signal: AbortSignal,
): Promise<readonly PullSecretEntry[]> {
  const entries: PullSecretEntry[] = [];
  const attempt = async (read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
  };
  let names = secrets;
  if (secrets.length === 0 && serviceAccount !== undefined) {
    await attempt(async () => {
      const { version, content } = await reader.serviceAccount(namespace, serviceAccount, signal);
      versions.push(`account/${namespace}/${serviceAccount}@${version}`);
      names = content;
    });
  }
  for (const name of names) {
    await attempt(async () => {
      const { version, content } = await reader.pullSecret(namespace, name, signal);
      versions.push(`secret/${namespace}/${name}@${version}`);
      entries.push(...content);
    });
  }
  return entries;
}

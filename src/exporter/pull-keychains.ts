import { createHash } from 'node:crypto';
import { chain, type PullSecretEntry, pullCredentials } from '../credentials/index.ts';
import type { Puller } from '../kubernetes/index.ts';
import type { Repository } from '../oci/index.ts';
import type { Credential, Keychain } from '../registry/index.ts';
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
  /** Of all its secrets, in their order. */
  readonly entries: PullSecretEntry[];
  /** `secret/namespace/name@version` of all that was read for it. */
  readonly versions: string[];
  /** Why something could not be read that may be there. */
  readonly failures: unknown[];
}

/** So many pullers are read for at a time: an image of all namespaces must not become a flood of requests. */
const READERS = 8;

const ANYBODY: Keychain = { credentials: async () => [{ kind: 'anonymous' }] };

/** The credentials with which pods pull: those of their secrets, then everybody's, then none. */
export class PullKeychains implements PullAccess {
  readonly #options: PullKeychainsOptions;
  #fault: string | undefined;

  constructor(options: PullKeychainsOptions) {
    this.#options = options;
  }

  /**
   * Offers what the pullers' secrets have for a repository, one puller after another, each candidate once. Throws
   * where a secret cannot be read now and nobody else has anything: an answer without it would be taken for a refusal.
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
    for (const belongings of await this.#belongings(pullers, signal)) {
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
  ): Promise<readonly Credential[]> {
    const all = await this.#belongings(pullers, signal);
    const secrets: Keychain = {
      credentials: async () => all.flatMap(({ entries }) => pullCredentials(entries, repository)),
    };
    let failed = false;
    const warn = (message: string): void => {
      failed = true;
      this.#report(message);
    };
    const offered = await chain([secrets, this.#options.base, ANYBODY], { warn }).credentials(
      repository,
      signal,
    );
    if (!failed) this.#fault = undefined;
    const failures = all.flatMap((belongings) => belongings.failures);
    if (failures.length > 0 && offered.length === 1) throw failures[0];
    return offered;
  }

  /** What everybody has; nothing while that cannot be told. */
  async #basis(repository: Repository, signal: AbortSignal): Promise<readonly Credential[]> {
    try {
      return await this.#options.base.credentials(repository, signal);
    } catch {
      signal.throwIfAborted();
      return [];
    }
  }

  #report(message: string): void {
    const repeated = this.#fault === message;
    this.#fault = message;
    this.#options.onFault({ source: 'keychain', reason: 'unavailable', message, repeated });
  }

  async #belongings(pullers: readonly Puller[], signal: AbortSignal): Promise<readonly Belongings[]> {
    const { reader } = this.#options;
    if (reader === undefined) return [];
    const all = pullers.map((): Belongings => ({ entries: [], versions: [], failures: [] }));
    const waiting = pullers.entries();
    const work = async (): Promise<void> => {
      for (const [index, puller] of waiting) {
        const belongings = all[index];
        if (belongings) await collect(reader, puller, belongings, signal);
      }
    };
    await Promise.all(Array.from({ length: Math.min(READERS, pullers.length) }, work));
    return all;
  }
}

async function collect(
  reader: SecretReader,
  { namespace, secrets, serviceAccount }: Puller,
  { entries, versions, failures }: Belongings,
  signal: AbortSignal,
): Promise<void> {
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
}

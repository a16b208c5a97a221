import { type PullSecretEntry, parsePullSecret } from '../credentials/index.ts';
import { fieldOf } from '../kubernetes/index.ts';
import { type ClusterObject, ObjectReader, type ObjectReaderOptions } from './secret-reader-objects.ts';

/** Reads what the cluster has for pulling images: pull secrets, and the names of them in service accounts. */
export class SecretReader {
  readonly #secrets: ObjectReader<readonly PullSecretEntry[]>;
  readonly #accounts: ObjectReader<readonly string[]>;

  constructor(options: ObjectReaderOptions) {
    this.#secrets = new ObjectReader(
      {
        source: 'pull-secret',
        resource: 'secrets',
        noun: 'secret',
        nothing: [],
        parse: parsePullSecret,
      },
      options,
    );
    this.#accounts = new ObjectReader(
      {
        source: 'service-account',
        resource: 'serviceaccounts',
        noun: 'service account',
        nothing: [],
        parse: pullSecretNames,
      },
      options,
    );
  }

  /** The entries of a pull secret; see `ObjectReader.get`. */
  async pullSecret(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ClusterObject<readonly PullSecretEntry[]>> {
    return await this.#secrets.get(namespace, name, signal);
  }

  /** The names of the pull secrets of a service account; see `ObjectReader.get`. */
  async serviceAccount(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ClusterObject<readonly string[]>> {
    return await this.#accounts.get(namespace, name, signal);
  }
}

/** Nobody has so many; each is a request. */
const MOST_NAMES = 32;

/** `imagePullSecrets` of a service account; its `secrets` are for other things. */
function pullSecretNames(account: unknown): readonly string[] {
  const references = fieldOf(account, 'imagePullSecrets');
  if (!Array.isArray(references)) return [];
  return references
    .map((reference: unknown) => fieldOf(reference, 'name'))
    .filter((name) => typeof name === 'string')
    .slice(0, MOST_NAMES);
}

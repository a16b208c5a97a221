import { digestAlgorithm, formatReference } from '../oci/index.ts';
import type { RegistryClient } from '../registry/index.ts';
import { AttestationError, type AttestationSubject, type Attester } from './attester.ts';
import { BundleWriter } from './bundle-writer.ts';
import { CosignKey } from './cosign-key.ts';
import { decryptKeyFile } from './cosign-key-file.ts';
import { SignatureTagWriter } from './signature-tag-writer.ts';

export interface CosignSignerOptions {
  readonly client: RegistryClient;
  /** The key's file as it is called in messages. */
  readonly name: string;
  /** What is in it. */
  readonly keyText: string;
  /** Of `COSIGN_PASSWORD`; empty where that is not set. */
  readonly password: string;
}

/**
 * Signs images as `cosign sign --key` does, without a transparency log: by the tag that all of its versions read, and by
 * the bundle that version 3 writes. Of an index it signs the index.
 */
export class CosignSigner implements Attester {
  readonly name: string;
  readonly #options: CosignSignerOptions;
  readonly #tags: SignatureTagWriter;
  readonly #bundles: BundleWriter;
  #key: CosignKey | undefined;

  constructor(options: CosignSignerOptions) {
    this.#options = options;
    this.name = `cosign key ${options.name}`;
    this.#tags = new SignatureTagWriter(options.client);
    this.#bundles = new BundleWriter(options.client);
  }

  async open(signal: AbortSignal): Promise<void> {
    const { keyText, password } = this.#options;
    try {
      this.#key = new CosignKey(await decryptKeyFile(keyText, password));
    } finally {
      signal.throwIfAborted();
    }
  }

  /** `present` only where both forms are. */
  async attest(subject: AttestationSubject, signal: AbortSignal): Promise<'attested' | 'present'> {
    const key = this.#key;
    if (!key) throw new Error(`${this.name} is used before it is opened`);
    try {
      if (digestAlgorithm(subject.digest) !== 'sha256') {
        throw new AttestationError('cosign knows digests of sha256 only');
      }
      const [tag, bundle] = await Promise.allSettled([
        this.#tags.sign(subject, key, signal),
        this.#bundles.sign(subject, key, signal),
      ]);
      if (tag.status === 'rejected') throw tag.reason;
      if (bundle.status === 'rejected') throw bundle.reason;
      return tag.value === 'present' && bundle.value === 'present' ? 'present' : 'attested';
    } catch (cause) {
      signal.throwIfAborted();
      throw new AttestationError(
        `${formatReference({ ...subject, tag: undefined })}: ${this.name} cannot sign it`,
        {
          cause,
        },
      );
    }
  }
}

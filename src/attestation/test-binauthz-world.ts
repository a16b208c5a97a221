import { type Digest, parseReference } from '../oci/index.ts';
import { FakeGoogleApi } from '../google/fake-google-api.ts';
import {
  type AttestorKeyOptions,
  BinaryAuthorization,
  CloudKms,
  type KmsKeyOptions,
} from '../testing/index.ts';
import { BinauthzAttester, type BinauthzOptions } from './binauthz.ts';
import { FakeAttestationStore } from './fake-attestation-store.ts';

export const ATTESTOR = 'projects/p/attestors/a';
export const NOTE = 'projects/p/notes/n';
export const PARENT = 'projects/images';
export const PREFIX = '//cloudkms.googleapis.com/v1/';
export const DIGEST: Digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const SUBJECT = {
  repository: parseReference('europe-docker.pkg.dev/p/r/app').repository,
  digest: DIGEST,
};
export const NAME = `europe-docker.pkg.dev/p/r/app@${DIGEST}`;

/** The name of a key version. */
export function versionOf(key: string, number = 1): string {
  return `projects/p/locations/europe-west1/keyRings/r/cryptoKeys/${key}/cryptoKeyVersions/${number}`;
}

/** An attestor with its keys, and all that it takes to attest for it. */
export class BinauthzWorld {
  readonly kms = new CloudKms();
  readonly authorization = new BinaryAuthorization();
  readonly google = new FakeGoogleApi({
    [CloudKms.host]: this.kms.handler,
    [BinaryAuthorization.host]: this.authorization.handler,
  });
  readonly store = new FakeAttestationStore(this.google.calls);

  /** Makes the attestor anew; keys of Cloud KMS have ids with its address. */
  attestor(...keys: readonly AttestorKeyOptions[]): void {
    this.authorization.add(ATTESTOR, { note: NOTE, keys });
  }

  /** A new key version as the attestor has it. */
  key(name: string, options: KmsKeyOptions = {}, version = versionOf(name)): AttestorKeyOptions {
    const pem = this.kms.add(version, options);
    return { id: `${PREFIX}${version}`, pem, algorithm: options.algorithm ?? 'EC_SIGN_P256_SHA256' };
  }

  attester(options: Partial<BinauthzOptions> = {}): BinauthzAttester {
    const { google, store: analysis } = this;
    return new BinauthzAttester({
      google,
      analysis,
      attestor: ATTESTOR,
      parent: PARENT,
      kmsKey: undefined,
      ...options,
    });
  }

  async opened(options: Partial<BinauthzOptions> = {}): Promise<BinauthzAttester> {
    const attester = this.attester(options);
    await attester.open(new AbortController().signal);
    this.google.calls.length = 0;
    return attester;
  }

  /** The requests since the last look: verb, API, and the last part of the path. */
  requests(): readonly string[] {
    return this.google.calls
      .splice(0)
      .map((call) => call.replace(/https:\/\/(\w+)\.googleapis\.com\/v1\/.*?([/:]\w+)$/, '$1$2'));
  }

  get stored(): readonly object[] {
    return this.store.occurrencesOf.get(PARENT) ?? [];
  }
}

/** An error and its causes, as the programs print them. */
export function chain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${chain(error.cause)}`;
}

/** What a promise fails with, in words; fails itself when it does not. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error && error.name !== 'AttestationError') throw error;
    return chain(error);
  }
  throw new Error('nothing failed');
}

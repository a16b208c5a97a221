import { type GoogleApi, GoogleError } from '../google/index.ts';
import { AttestationError } from './attester.ts';
import type { Attestor, AttestorKey } from './attestor.ts';
import { kmsVersion, readKmsKey } from './kms.ts';
import { type PublicKey, samePublicKey } from './public-key.ts';

/** The key that new attestations are signed with. */
export interface SigningKey {
  /** Of Cloud KMS: `projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/N`. */
  readonly version: string;
  /** What the attestor calls it. */
  readonly id: string;
  readonly publicKey: PublicKey;
}

/**
 * The key to sign with: the version that was asked for, which has to be one of the attestor's keys, else the first of
 * the attestor's keys that Cloud KMS has and lets be used. Throws `AttestationError`, or the signal's reason.
 */
export async function chooseSigningKey(
  google: GoogleApi,
  { keys }: Attestor,
  asked: string | undefined,
  signal: AbortSignal,
): Promise<SigningKey> {
  if (asked !== undefined) return await askedKey(google, keys, asked, signal);
  const looked: string[] = [];
  for (const key of keys) {
    const version = kmsVersion(key.id);
    if (version === undefined) {
      looked.push(`${key.id || 'one without an id'} is not in Cloud KMS`);
      continue;
    }
    try {
      const publicKey = await readKmsKey(google, version, signal);
      const fault = difference(key, publicKey);
      if (fault === undefined) return { version, id: key.id, publicKey };
      looked.push(`${key.id}: ${fault}`);
    } catch (error) {
      if (!(error instanceof AttestationError) || isTrouble(error.cause)) throw error;
      looked.push(inWords(error));
    }
  }
  throw new AttestationError(
    `the attestor has no key to sign with; -gcp-kms-key could name one of its keys: ${looked.join('; ')}`,
  );
}

async function askedKey(
  google: GoogleApi,
  keys: readonly AttestorKey[],
  asked: string,
  signal: AbortSignal,
): Promise<SigningKey> {
  const version = kmsVersion(asked);
  if (version === undefined) {
    throw new AttestationError(
      `"${asked}" is not a version of a key in Cloud KMS: ` +
        'projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY/cryptoKeyVersions/NUMBER',
    );
  }
  const publicKey = await readKmsKey(google, version, signal);
  const named = keys.filter(({ id }) => kmsVersion(id) === version);
  const equal = keys.find((key) => difference(key, publicKey) === undefined && !named.includes(key));
  const faults = new Set<string>();
  for (const key of [...named, ...(equal === undefined ? [] : [equal])]) {
    const fault = difference(key, publicKey);
    if (fault === undefined) return { version, id: key.id, publicKey };
    faults.add(fault);
  }
  if (faults.size > 0) throw new AttestationError(`${version}: ${[...faults].join('; ')}`);
  throw new AttestationError(
    `${version} is none of the attestor's keys (${keys.map(({ id }) => id).join(', ')}); ` +
      'gcloud container binauthz attestors public-keys add adds it',
  );
}

/** Why a key of the attestor does not verify what this key of Cloud KMS signs. */
function difference({ publicKey, fault }: AttestorKey, kms: PublicKey): string | undefined {
  if (publicKey === undefined) return `the attestor's key cannot be used: ${fault}`;
  return samePublicKey(publicKey, kms)
    ? undefined
    : 'the attestor has another public key or algorithm for it than Cloud KMS';
}

/** Whether Cloud KMS said nothing about the key itself. */
function isTrouble(cause: unknown): boolean {
  return cause instanceof GoogleError && ![400, 403, 404].includes(cause.httpStatus ?? 0);
}

function inWords({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${inWords(cause)}` : message;
}

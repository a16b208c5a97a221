import type { GoogleApi } from '../google/index.ts';
import { AttestationError } from './attester.ts';
import { refusalOf } from './google-refusal.ts';
import { listOf, memberOf, textOf } from './json-member.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';

/** One of the keys whose signatures an attestor takes. */
export interface AttestorKey {
  /** What signatures call it, letter by letter. */
  readonly id: string;
  /** Undefined for a key of which nothing can be verified here. */
  readonly publicKey: PublicKey | undefined;
  /** Why there is no public key. */
  readonly fault: string | undefined;
}

/** An attestor of Binary Authorization. */
export interface Attestor {
  /** `projects/P/attestors/A`. */
  readonly name: string;
  /** `projects/P/notes/N`: what its attestations hang on. */
  readonly note: string;
  readonly keys: readonly AttestorKey[];
}

// Names begin with a letter or digit: "." and ".." would lead to another address.
const NAME = /^projects\/\w[\w.:-]*\/attestors\/\w[\w.-]*$/;

/** The address of an attestor; throws `AttestationError` for what is no name of one. */
export function attestorUrl(name: string): URL {
  if (NAME.test(name)) return new URL(`https://binaryauthorization.googleapis.com/v1/${name}`);
  throw new AttestationError(`"${name}" is not the name of an attestor: projects/PROJECT/attestors/ATTESTOR`);
}

/** Asks Binary Authorization for an attestor (https://cloud.google.com/binary-authorization/docs/reference/rest). */
export async function readAttestor(google: GoogleApi, name: string, signal: AbortSignal): Promise<Attestor> {
  const url = attestorUrl(name);
  let answer: unknown;
  try {
    answer = await google.call({ method: 'GET', url }, signal);
  } catch (cause) {
    const remedies = { PERMISSION_DENIED: 'it takes roles/binaryauthorization.attestorsViewer' };
    throw refusalOf('the attestor cannot be read', remedies, cause);
  }
  const own = memberOf(answer, 'userOwnedGrafeasNote');
  const note = textOf(own, 'noteReference');
  if (note === '') throw new AttestationError('the attestor has no note that attestations could hang on');
  const keys = listOf(own, 'publicKeys').map(attestorKey);
  if (keys.length > 0) return { name, note, keys };
  throw new AttestationError(
    'the attestor has no public keys; gcloud container binauthz attestors public-keys add adds one',
  );
}

function attestorKey(key: unknown): AttestorKey {
  const id = textOf(key, 'id');
  const pkix = memberOf(key, 'pkixPublicKey');
  if (pkix === undefined) return { id, publicKey: undefined, fault: 'it is an OpenPGP key' };
  try {
    const publicKey = readPublicKey(textOf(pkix, 'publicKeyPem'), textOf(pkix, 'signatureAlgorithm'));
    return { id, publicKey, fault: undefined };
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error;
    return { id, publicKey: undefined, fault: error.message };
  }
}

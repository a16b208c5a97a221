import { createHash } from 'node:crypto';
import type { GoogleApi } from '../google/index.ts';
import { AttestationError } from './attester.ts';
import { crc32c } from './crc32c.ts';
import { refusalOf } from './google-refusal.ts';
import { memberOf, textOf } from './json-member.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';
import { isSignatureOf } from './signature-algorithm.ts';

/** An answer that did not arrive as it was sent; the next may. */
class DamagedAnswer extends AttestationError {}

const ENDPOINT = '//cloudkms.googleapis.com/v1/';
const VERSION =
  /^projects\/\w[\w.:-]*\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+\/cryptoKeyVersions\/[0-9]+$/;
const REMEDIES = {
  PERMISSION_DENIED: 'it takes roles/cloudkms.signerVerifier',
  FAILED_PRECONDITION: 'it has to be a key for signatures, and enabled',
};

/** The name of a key version, given with or without the address that Binary Authorization puts before it. */
export function kmsVersion(text: string): string | undefined {
  const name = text.startsWith(ENDPOINT) ? text.slice(ENDPOINT.length) : text;
  return VERSION.test(name) ? name : undefined;
}

/** The public key of a key version; throws `AttestationError`, or the signal's reason. */
export async function readKmsKey(
  google: GoogleApi,
  version: string,
  signal: AbortSignal,
): Promise<PublicKey> {
  const url = new URL(`https:${ENDPOINT}${version}/publicKey`);
  return await undamaged(
    async () => await google.call({ method: 'GET', url }, signal),
    (answer) => {
      const pem = textOf(answer, 'pem');
      const isWhole = checksumOf(answer, 'pemCrc32c') === String(crc32c(Buffer.from(pem)));
      if (!isWhole) throw new DamagedAnswer(`the public key of ${version} does not have its checksum`);
      try {
        return readPublicKey(pem, textOf(answer, 'algorithm'));
      } catch (cause) {
        throw new AttestationError(`${version} cannot sign attestations`, { cause });
      }
    },
    (cause) => refusalOf(`the public key of ${version} cannot be read`, REMEDIES, cause),
  );
}

/**
 * A signature of bytes, made by Cloud KMS of their digest and verified here before anybody else sees it
 * (https://cloud.google.com/kms/docs/data-integrity-guidelines). Throws `AttestationError`, or the signal's reason.
 */
export async function signWithKms(
  google: GoogleApi,
  version: string,
  publicKey: PublicKey,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const url = new URL(`https:${ENDPOINT}${version}:asymmetricSign`);
  const { hash } = publicKey.algorithm;
  const digest = createHash(hash).update(bytes).digest();
  const body = { digest: { [hash]: digest.toString('base64') }, digestCrc32c: String(crc32c(digest)) };
  return await undamaged(
    // A signature too many does no harm.
    async () => await google.call({ method: 'POST', url, body, repeatable: true }, signal),
    (answer) => {
      const signature = Buffer.from(textOf(answer, 'signature'), 'base64');
      const fault =
        textOf(answer, 'name') !== version
          ? 'is by another key'
          : memberOf(answer, 'verifiedDigestCrc32c') !== true
            ? 'is of a digest whose checksum was not verified'
            : checksumOf(answer, 'signatureCrc32c') !== String(crc32c(signature))
              ? 'does not have its checksum'
              : isSignatureOf(bytes, signature, publicKey.key, publicKey.algorithm)
                ? undefined
                : 'does not verify with the public key';
      if (fault !== undefined) throw new DamagedAnswer(`the signature from ${version} ${fault}`);
      return signature;
    },
    (cause) => refusalOf(`${version} did not sign`, REMEDIES, cause),
  );
}

/** Reads an answer; one that was damaged on its way is asked for once more. */
async function undamaged<T>(
  ask: () => Promise<unknown>,
  read: (answer: unknown) => T,
  refusal: (cause: unknown) => unknown,
): Promise<T> {
  const once = async (): Promise<T> => {
    let answer: unknown;
    try {
      answer = await ask();
    } catch (cause) {
      throw refusal(cause);
    }
    return read(answer);
  };
  try {
    return await once();
  } catch (error) {
    if (!(error instanceof DamagedAnswer)) throw error;
    return await once();
  }
}

/** Of 64 bits, so a text in JSON; some write it as a number. */
function checksumOf(answer: unknown, name: string): string {
  return String(memberOf(answer, name));
}

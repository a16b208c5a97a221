import { createPublicKey, type KeyObject } from 'node:crypto';
import { AttestationError } from './attester.ts';
import { fits, type SignatureAlgorithm, signatureAlgorithm } from './signature-algorithm.ts';

/** What verifies signatures: a key, and the one algorithm that it is used with. */
export interface PublicKey {
  readonly key: KeyObject;
  readonly algorithm: SignatureAlgorithm;
}

/** Reads a public key in PEM, for an algorithm by its name; throws `AttestationError`. */
export function readPublicKey(pem: string, algorithmName: string): PublicKey {
  const algorithm = signatureAlgorithm(algorithmName);
  if (algorithm === undefined) {
    throw new AttestationError(
      `Binary Authorization verifies no signatures of ${algorithmName || 'an unknown algorithm'}; ` +
        'it takes EC_SIGN_P256_SHA256, EC_SIGN_P384_SHA384, RSA_SIGN_PKCS1 or RSA_SIGN_PSS',
    );
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new AttestationError('the public key is not in PEM', { cause });
  }
  if (fits(key, algorithm)) return { key, algorithm };
  throw new AttestationError(`the public key is not one for ${algorithmName}`);
}

export function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  return a.key.equals(b.key) && a.algorithm === b.algorithm;
}

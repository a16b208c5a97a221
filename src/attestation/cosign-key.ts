import {
  createHash,
  createPublicKey,
  type KeyObject,
  sign as signWith,
  verify as verifyWith,
} from 'node:crypto';
import { AttestationError } from './attester.ts';

/** As `cosign sign` chooses; `cosign verify` has to be told of all but SHA-256 (`--signature-digest-algorithm`). */
const HASH_OF_CURVE: Readonly<Record<string, string>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
};
/** Bits of a modulus. */
const RSA_SIZES: readonly unknown[] = [2048, 3072, 4096];

/** A private key, used as cosign uses it. */
export class CosignKey {
  /** Which key it was, as bundles name it: SHA-256 of the public key (SubjectPublicKeyInfo), in base64. */
  readonly hint: string;
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  readonly #hash: string | null;

  /** Throws `AttestationError` for a key that cosign does not sign with. */
  constructor(key: KeyObject) {
    this.#private = key;
    this.#public = createPublicKey(key);
    this.#hash = hashFor(key);
    const encoded = this.#public.export({ format: 'der', type: 'spki' });
    this.hint = createHash('sha256').update(encoded).digest('base64');
  }

  /** ECDSA in DER, RSA PKCS #1 v1.5, or Ed25519. */
  sign(data: Uint8Array): Buffer {
    return signWith(this.#hash, data, this.#private);
  }

  verify(data: Uint8Array, signature: Uint8Array): boolean {
    return verifyWith(this.#hash, data, this.#public, signature);
  }
}

function hashFor({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string | null {
  // Plain Ed25519: that is what `cosign verify` takes, though `cosign sign` makes the pre-hashed kind, which it refuses.
  if (type === 'ed25519') return null;
  if (type === 'rsa' && RSA_SIZES.includes(details?.modulusLength)) return 'sha256';
  const hash = type === 'ec' ? HASH_OF_CURVE[details?.namedCurve ?? ''] : undefined;
  if (hash !== undefined) return hash;
  const what = type === 'rsa' ? `RSA with ${details?.modulusLength} bits` : (details?.namedCurve ?? type);
  throw new AttestationError(
    `cosign does not sign with a key of this kind, ${what}: it takes ECDSA on P-256, P-384 and P-521, ` +
      'RSA with 2048, 3072 and 4096 bits, and Ed25519',
  );
}

import { constants, type KeyObject, verify } from 'node:crypto';

/** How a signature is made of a message, whatever the name for it. */
export interface SignatureAlgorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly scheme: 'ecdsa' | 'pkcs1' | 'pss';
  /** What the key has to be: the name of its curve, or the bits of its modulus. */
  readonly size: string | number;
}

/** By the names of Cloud KMS (https://cloud.google.com/kms/docs/algorithms). */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['EC_SIGN_P256_SHA256', { hash: 'sha256', scheme: 'ecdsa', size: 'prime256v1' }],
  ['EC_SIGN_P384_SHA384', { hash: 'sha384', scheme: 'ecdsa', size: 'secp384r1' }],
  ['EC_SIGN_P521_SHA512', { hash: 'sha512', scheme: 'ecdsa', size: 'secp521r1' }],
  ['RSA_SIGN_PKCS1_2048_SHA256', { hash: 'sha256', scheme: 'pkcs1', size: 2048 }],
  ['RSA_SIGN_PKCS1_3072_SHA256', { hash: 'sha256', scheme: 'pkcs1', size: 3072 }],
  ['RSA_SIGN_PKCS1_4096_SHA256', { hash: 'sha256', scheme: 'pkcs1', size: 4096 }],
  ['RSA_SIGN_PKCS1_4096_SHA512', { hash: 'sha512', scheme: 'pkcs1', size: 4096 }],
  ['RSA_SIGN_PSS_2048_SHA256', { hash: 'sha256', scheme: 'pss', size: 2048 }],
  ['RSA_SIGN_PSS_3072_SHA256', { hash: 'sha256', scheme: 'pss', size: 3072 }],
  ['RSA_SIGN_PSS_4096_SHA256', { hash: 'sha256', scheme: 'pss', size: 4096 }],
  ['RSA_SIGN_PSS_4096_SHA512', { hash: 'sha512', scheme: 'pss', size: 4096 }],
]);

/**
 * The algorithm of a name, of Cloud KMS or of Binary Authorization, which has a second one for some of them; undefined
 * for what Binary Authorization does not verify: Ed25519, secp256k1, raw RSA, and all that is not for signatures.
 */
export function signatureAlgorithm(name: string): SignatureAlgorithm | undefined {
  return ALGORITHMS.get(name.replace(/^ECDSA_/, 'EC_SIGN_').replace(/^RSA_PSS_/, 'RSA_SIGN_PSS_'));
}

/** Whether a public key is of the kind and size that an algorithm is for. */
export function fits(key: KeyObject, { scheme, size }: SignatureAlgorithm): boolean {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  return scheme === 'ecdsa'
    ? asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === size
    : asymmetricKeyType === 'rsa' && asymmetricKeyDetails?.modulusLength === size;
}

const FORMS = {
  ecdsa: { dsaEncoding: 'der' },
  pkcs1: { padding: constants.RSA_PKCS1_PADDING },
  pss: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
} as const;

/** Whether a signature is one of these bytes; false too for what is no signature at all. */
export function isSignatureOf(
  bytes: Uint8Array,
  signature: Uint8Array,
  key: KeyObject,
  { hash, scheme }: SignatureAlgorithm,
): boolean {
  return verify(hash, bytes, { key, ...FORMS[scheme] }, signature);
}

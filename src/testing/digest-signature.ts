import { constants, createECDH, createHash, type KeyObject, privateEncrypt, randomBytes } from 'node:crypto';

/** An algorithm of signatures as its name says it. */
export interface SignatureKind {
  readonly scheme: 'EC' | 'PKCS1' | 'PSS';
  /** Of the curve or the modulus. */
  readonly bits: number;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
}

const KINDS =
  /^(?:(?:EC_SIGN|ECDSA)_P(?<curve>256_SHA256|384_SHA384|521_SHA512)|RSA_(?:SIGN_)?(?<padding>PKCS1|PSS)_(?<rsa>(?:2048|3072|4096)_SHA256|4096_SHA512))$/;

/** Reads the name of an algorithm of Cloud KMS or Binary Authorization; undefined for one that signs no digests. */
export function signatureKind(name: string): SignatureKind | undefined {
  const { curve, padding, rsa } = KINDS.exec(name)?.groups ?? {};
  const [bits, sha] = (curve ?? rsa ?? '').split('_');
  if (sha !== 'SHA256' && sha !== 'SHA384' && sha !== 'SHA512') return undefined;
  const hash = sha === 'SHA256' ? 'sha256' : sha === 'SHA384' ? 'sha384' : 'sha512';
  const scheme = curve !== undefined ? 'EC' : padding === 'PSS' ? 'PSS' : 'PKCS1';
  return { scheme, bits: Number(bits), hash };
}

/** Node's name of the curve of so many bits, and its order (SEC 2). */
const CURVES: Readonly<Record<number, { readonly name: string; readonly order: bigint }>> = {
  256: {
    name: 'prime256v1',
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  384: {
    name: 'secp384r1',
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
};

/** What DER puts before a digest in a PKCS #1 signature (RFC 8017, section 9.2, note 1). */
const DIGEST_INFO = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
} as const;

/** Signs what is a digest already, as Cloud KMS does and node:crypto does not. */
export function signDigest(kind: SignatureKind, key: KeyObject, digest: Uint8Array): Buffer {
  if (kind.scheme === 'EC') return ecdsa(kind.bits, key, digest);
  if (kind.scheme === 'PSS') {
    return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, pssEncoding(kind, digest));
  }
  const info = Buffer.concat([Buffer.from(DIGEST_INFO[kind.hash], 'hex'), digest]);
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info);
}

/** FIPS 186-5, section 6.4.1: each nonce and its point are a new key pair. */
function ecdsa(bits: number, key: KeyObject, digest: Uint8Array): Buffer {
  const curve = CURVES[bits];
  if (curve === undefined) throw new Error(`no curve of ${bits} bits here`);
  const { order } = curve;
  const secret = integer(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'));
  const pair = createECDH(curve.name);
  const point = pair.generateKeys();
  const nonce = integer(pair.getPrivateKey());
  const r = integer(point.subarray(1, 1 + bits / 8)) % order;
  const s = (inverse(nonce, order) * (integer(digest) + r * secret)) % order;
  return der(0x30, Buffer.concat([derInteger(r), derInteger(s)]));
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** By the extended algorithm of Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next] = [modulus, value % modulus];
  let [before, factor] = [0n, 1n];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [before, factor] = [factor, before - quotient * factor];
  }
  return ((before % modulus) + modulus) % modulus;
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  // The first bit is the sign.
  return der(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]));
}

/** Nothing here is longer than 127 bytes. */
function der(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}

/** EMSA-PSS (RFC 8017, section 9.1.1) with a salt as long as the digest. */
function pssEncoding({ bits, hash }: SignatureKind, digest: Uint8Array): Buffer {
  const salt = randomBytes(digest.length);
  const seed = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const block = Buffer.alloc(bits / 8 - digest.length - 1);
  block[block.length - salt.length - 1] = 1;
  block.set(salt, block.length - salt.length);
  const mask = mgf1(hash, seed, block.length);
  const masked = block.map((byte, index) => byte ^ (mask[index] ?? 0));
  // The encoding has one bit less than the modulus.
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return Buffer.concat([masked, seed, Buffer.of(0xbc)]);
}

function mgf1(hash: string, seed: Uint8Array, length: number): Buffer {
  const pieces: Buffer[] = [];
  for (let size = 0, counter = 0; size < length; counter += 1) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    const piece = createHash(hash).update(seed).update(number).digest();
    pieces.push(piece);
    size += piece.length;
  }
  return Buffer.concat(pieces).subarray(0, length);
}

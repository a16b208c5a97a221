import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { isJsonObject, textAt } from './api-json.ts';
import { Crc32c } from './crc32c.ts';
import { type SignatureKind, signatureKind, signDigest } from './digest-signature.ts';
import { type GoogleCall, type GoogleReply, googleRefusal } from './google-handler.ts';

/** Of a key version: only one that is enabled can be used. */
export type KmsState = 'ENABLED' | 'DISABLED' | 'DESTROYED' | 'DESTROY_SCHEDULED' | 'PENDING_GENERATION';

export interface KmsKeyOptions {
  /** `EC_SIGN_P256_SHA256` when not given. */
  readonly algorithm?: string;
  readonly state?: KmsState;
  /** In PEM; a new one is made when not given. */
  readonly privateKey?: string;
}

/** What a line or a server that is not well does to an answer of Cloud KMS. */
export type KmsDamage =
  | 'name'
  | 'signature'
  | 'signatureCrc32c'
  | 'verifiedDigestCrc32c'
  | 'signature, before its checksum'
  | 'pem';

/** What a caller may lack. */
export type KmsPermission = 'viewPublicKey' | 'useToSign';

interface KmsVersion {
  readonly algorithm: string;
  readonly state: KmsState;
  readonly privateKey: KeyObject;
}

const PATH =
  /^\/v1\/(projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+\/cryptoKeyVersions\/\d+)(\/publicKey|:asymmetricSign)$/;

/** A double of Cloud KMS with real keys: `GET …/publicKey` and `POST …:asymmetricSign` of key versions. */
export class CloudKms {
  /** Where it answers. */
  static readonly host = 'cloudkms.googleapis.com';
  readonly #versions = new Map<string, KmsVersion>();
  readonly #denied = new Set<KmsPermission>();
  readonly #damages: KmsDamage[] = [];
  readonly #crc32c = new Crc32c();
  /** How many signatures were made. */
  signatures = 0;

  /** Adds a key version, or another in its place; gives its public key in PEM. */
  add(name: string, options: KmsKeyOptions = {}): string {
    const { algorithm = 'EC_SIGN_P256_SHA256', state = 'ENABLED' } = options;
    const privateKey =
      options.privateKey === undefined ? newKey(algorithm) : createPrivateKey(options.privateKey);
    this.#versions.set(name, { algorithm, state, privateKey });
    return publicPem(privateKey);
  }

  setState(name: string, state: KmsState): void {
    const version = this.#versions.get(name);
    if (version === undefined) throw new Error(`there is no ${name}`);
    this.#versions.set(name, { ...version, state });
  }

  deny(permission: KmsPermission): void {
    this.#denied.add(permission);
  }

  /** Damages the next answer that has such a part. */
  damage(damage: KmsDamage): void {
    this.#damages.push(damage);
  }

  readonly handler = (call: GoogleCall): GoogleReply => {
    const [, name = '', action] = PATH.exec(call.url.pathname) ?? [];
    if (action === '/publicKey' && call.method === 'GET') {
      return this.#refusal(name, 'viewPublicKey') ?? this.#publicKey(name);
    }
    if (action === ':asymmetricSign' && call.method === 'POST') {
      return this.#refusal(name, 'useToSign') ?? this.#sign(name, call.body);
    }
    return googleRefusal('NOT_FOUND', `Method not found: ${call.method} ${call.url.pathname}`);
  };

  #refusal(name: string, permission: KmsPermission): GoogleReply | undefined {
    if (this.#denied.has(permission)) {
      const key = name.replace(/\/cryptoKeyVersions\/.*/, '');
      const what = `Permission 'cloudkms.cryptoKeyVersions.${permission}' denied on resource '${key}'`;
      return googleRefusal('PERMISSION_DENIED', `${what} (or it may not exist).`);
    }
    const version = this.#versions.get(name);
    if (version === undefined) return googleRefusal('NOT_FOUND', `CryptoKeyVersion ${name} not found.`);
    if (version.state === 'ENABLED') return undefined;
    const fault = `${name} is not enabled, current state is: ${version.state}.`;
    return googleRefusal('FAILED_PRECONDITION', fault);
  }

  #publicKey(name: string): GoogleReply {
    const { algorithm, privateKey } = this.#version(name);
    if (/^(?:HMAC|GOOGLE_SYMMETRIC|AES)_/.test(algorithm)) {
      return googleRefusal('FAILED_PRECONDITION', `${name} is of ${algorithm}, which has no public key.`);
    }
    const pem = publicPem(privateKey);
    const pemCrc32c = this.#crc32c.of(Buffer.from(pem));
    const sent = this.#damaged('pem') ? pem.replace('M', 'N') : pem;
    return {
      status: 200,
      body: { pem: sent, algorithm, pemCrc32c, name, protectionLevel: 'SOFTWARE' },
    };
  }

  #sign(name: string, body: unknown): GoogleReply {
    const { algorithm, privateKey } = this.#version(name);
    const kind = signatureKind(algorithm);
    if (kind === undefined) {
      return googleRefusal('FAILED_PRECONDITION', `${name} is of ${algorithm}, which signs no digests.`);
    }
    const digest = digestIn(body, kind);
    if (digest === undefined) {
      return googleRefusal('INVALID_ARGUMENT', `The digest is not the one that ${algorithm} signs.`);
    }
    const crc32c = textAt(body, 'digestCrc32c');
    if (crc32c !== '' && crc32c !== this.#crc32c.of(digest)) {
      const fault = 'The checksum in field digest_crc32c did not match the data in field digest.';
      return googleRefusal('INVALID_ARGUMENT', fault);
    }
    this.signatures += 1;
    const signature = signDigest(kind, privateKey, digest);
    if (this.#damaged('signature, before its checksum')) flip(signature);
    const checksum = this.#crc32c.of(signature);
    if (this.#damaged('signature')) flip(signature);
    const answer = {
      signature: signature.toString('base64'),
      signatureCrc32c: this.#damaged('signatureCrc32c') ? '1' : checksum,
      verifiedDigestCrc32c: crc32c !== '' && !this.#damaged('verifiedDigestCrc32c'),
      name: this.#damaged('name') ? `${name}0` : name,
      protectionLevel: 'SOFTWARE',
    };
    return { status: 200, body: answer };
  }

  #damaged(damage: KmsDamage): boolean {
    const index = this.#damages.indexOf(damage);
    if (index >= 0) this.#damages.splice(index, 1);
    return index >= 0;
  }

  #version(name: string): KmsVersion {
    const version = this.#versions.get(name);
    if (version === undefined) throw new Error(`there is no ${name}`);
    return version;
  }
}

/** The one member of `digest`, when it is of the hash that the algorithm wants, and as long. */
function digestIn(body: unknown, { hash }: SignatureKind): Buffer | undefined {
  const fields = isJsonObject(body) && isJsonObject(body['digest']) ? Object.keys(body['digest']) : [];
  if (fields.length !== 1 || fields[0] !== hash) return undefined;
  const digest = Buffer.from(textAt(body, 'digest', hash), 'base64');
  return digest.length === Number(hash.slice(3)) / 8 ? digest : undefined;
}

function newKey(algorithm: string): KeyObject {
  const kind = signatureKind(algorithm);
  if (algorithm === 'EC_SIGN_ED25519') return generateKeyPairSync('ed25519').privateKey;
  if (algorithm === 'EC_SIGN_SECP256K1_SHA256') {
    return generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  }
  return kind?.scheme === 'EC'
    ? generateKeyPairSync('ec', { namedCurve: `P-${kind.bits}` }).privateKey
    : generateKeyPairSync('rsa', { modulusLength: kind?.bits ?? 2048 }).privateKey;
}

function publicPem(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
}

function flip(bytes: Buffer): void {
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
}

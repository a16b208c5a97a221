import { createHash, type Hash } from 'node:crypto';

/** A content digest, `algorithm:hex` in lower case, as in the OCI image specification (descriptor, "Digests"). */
export type Digest = `sha256:${string}` | `sha512:${string}`;

export type DigestAlgorithm = 'sha256' | 'sha512';

const HEX_LENGTH = { sha256: 64, sha512: 128 } satisfies Record<DigestAlgorithm, number>;

/** Says what is wrong with a text as a digest; undefined when nothing is. */
export function digestFault(text: string): string | undefined {
  const colon = text.indexOf(':');
  const algorithm = colon < 0 ? text : text.slice(0, colon);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    return `digest algorithm "${algorithm}" is not sha256 or sha512`;
  }
  const hex = colon < 0 ? '' : text.slice(colon + 1);
  if (hex.length !== HEX_LENGTH[algorithm]) {
    return `${algorithm} digest has ${hex.length} hex digits, not ${HEX_LENGTH[algorithm]}`;
  }
  return /^[0-9a-f]*$/.test(hex) ? undefined : `digest "${text}" has a character that is not lower-case hex`;
}

export function isDigest(text: string): text is Digest {
  return digestFault(text) === undefined;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512';
}

export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Hashes a stream piece by piece and tells whether the whole is what a digest promised. */
export class Digester {
  readonly #expected: Digest;
  readonly #hash: Hash;

  constructor(expected: Digest) {
    this.#expected = expected;
    this.#hash = createHash(digestAlgorithm(expected));
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  /** Ends the hash: the digest of all that passed. */
  finish(): Digest {
    return `${digestAlgorithm(this.#expected)}:${this.#hash.digest('hex')}`;
  }
}

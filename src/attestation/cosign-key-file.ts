import { createPrivateKey, type KeyObject, scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { AttestationError } from './attester.ts';
import { bytesOf, memberOf, parseJson } from './json-member.ts';

const LABELS = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY'];
/** The strengths that cosign's library knows; others would let a file decide how much memory is taken. */
const SCRYPT_N: readonly unknown[] = [32_768, 65_536, 131_072];
const SCRYPT_R = 8;
const SCRYPT_P = 1;

const deriveKey = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

/**
 * Reads a private key as `cosign generate-key-pair` and `cosign import-key-pair` write it: PKCS #8 in a NaCl box, its
 * key made from the password by scrypt. Throws `AttestationError`, with nothing in it of what is in the file.
 */
export async function decryptKeyFile(text: string, password: string): Promise<KeyObject> {
  const envelope = parseJson(readPem(text));
  const [salt, nonce] = [bytesOf(envelope, 'kdf', 'salt'), bytesOf(envelope, 'cipher', 'nonce')];
  const box = bytesOf(envelope, 'ciphertext');
  const named =
    memberOf(envelope, 'kdf', 'name') === 'scrypt' &&
    memberOf(envelope, 'cipher', 'name') === 'nacl/secretbox';
  if (!named || !salt || nonce?.byteLength !== 24 || !box) {
    throw new AttestationError('what is in the file is not encrypted as cosign encrypts keys');
  }
  const { openSecretBox } = await import('./secret-box.ts');
  const plain = openSecretBox(box, await deriveKey(password, salt, 32, scryptOptions(envelope)), nonce);
  if (!plain) {
    throw new AttestationError(
      password === ''
        ? 'the empty password does not open it; set COSIGN_PASSWORD'
        : 'the password in COSIGN_PASSWORD does not open it',
    );
  }
  try {
    return createPrivateKey({ key: Buffer.from(plain), format: 'der', type: 'pkcs8' });
  } catch {
    // OpenSSL's reason could only speak of the secret.
    throw new AttestationError('what the password opens is not a private key in PKCS #8');
  }
}

function readPem(text: string): Buffer {
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1];
  if (label === undefined) throw new AttestationError('the file is not in PEM');
  if (!LABELS.includes(label)) {
    throw new AttestationError(
      `the file holds "${label}", and cosign signs only with keys that it encrypted: ` +
        'import a private key with cosign import-key-pair',
    );
  }
  const [, rest = ''] = text.split(`-----BEGIN ${label}-----`);
  const [body = '', ...end] = rest.split(`-----END ${label}-----`);
  if (end.length === 0 || !/^[A-Za-z0-9+/=\s]*$/.test(body))
    throw new AttestationError('the PEM in the file is damaged');
  return Buffer.from(body, 'base64');
}

function scryptOptions(envelope: unknown): ScryptOptions {
  const [cost, blockSize, parallelization] = ['N', 'r', 'p'].map((name) =>
    memberOf(envelope, 'kdf', 'params', name),
  );
  if (
    typeof cost !== 'number' ||
    !SCRYPT_N.includes(cost) ||
    blockSize !== SCRYPT_R ||
    parallelization !== SCRYPT_P
  ) {
    throw new AttestationError('the file wants scrypt parameters that cosign does not use');
  }
  // Twice what it needs, since the limit counts a little more than the table.
  return { cost, blockSize, parallelization, maxmem: 256 * cost * blockSize };
}

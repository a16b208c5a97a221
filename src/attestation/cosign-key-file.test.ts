import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { describe, test } from 'node:test';
import { AttestationError } from './attester.ts';
import { decryptKeyFile } from './cosign-key-file.ts';
import { ED25519, P256, P384, RSA2048, TEST_PASSWORD } from './test-cosign-keys.ts';

/** The key file with something else in its envelope. */
function altered(change: (envelope: { kdf: object; cipher: object; ciphertext: string }) => object): string {
  const lines = P256.keyText.trim().split('\n').slice(1, -1).join('');
  const envelope = JSON.parse(Buffer.from(lines, 'base64').toString());
  return pem(JSON.stringify(change(envelope)));
}

function pem(content: string, label = 'ENCRYPTED SIGSTORE PRIVATE KEY'): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(content).toString('base64')}\n-----END ${label}-----\n`;
}

describe('a key that cosign encrypted opens with its password', () => {
  const older = P256.keyText.replaceAll('SIGSTORE', 'COSIGN');
  for (const [what, keyText, { publicKey }] of [
    ['ECDSA on P-256', P256.keyText, P256],
    ['ECDSA on P-384', P384.keyText, P384],
    ['RSA', RSA2048.keyText, RSA2048],
    ['Ed25519', ED25519.keyText, ED25519],
    ['under the older name', older, P256],
    ['with lines of Windows and text in front', `Our key:\r\n${P256.keyText.replaceAll('\n', '\r\n')}`, P256],
  ] as const) {
    test(what, async () => {
      const key = await decryptKeyFile(keyText, TEST_PASSWORD);
      assert.equal(createPublicKey(key).export({ format: 'pem', type: 'spki' }), publicKey);
    });
  }
});

describe('what does not open says why, and not what is in it', () => {
  const strange = 'the file wants scrypt parameters that cosign does not use';
  const foreign = 'what is in the file is not encrypted as cosign encrypts keys';
  const tooCostly = { name: 'scrypt', params: { N: 2 ** 30, r: 8, p: 1 }, salt: 'AAAA' };
  for (const [what, keyText, password, message] of [
    ['a wrong password', P256.keyText, 'hunter2', 'the password in COSIGN_PASSWORD does not open it'],
    ['no password', P256.keyText, '', 'the empty password does not open it; set COSIGN_PASSWORD'],
    [
      'a plain key',
      pem('secret', 'PRIVATE KEY'),
      'x',
      'the file holds "PRIVATE KEY", and cosign signs only with keys that it encrypted: import a private key with cosign import-key-pair',
    ],
    ['no PEM', 'hunter2', 'x', 'the file is not in PEM'],
    ['a cut file', P256.keyText.slice(0, 300), 'x', 'the PEM in the file is damaged'],
    [
      'an end of another kind',
      P256.keyText.replace('END ENCRYPTED', 'END'),
      'x',
      'the PEM in the file is damaged',
    ],
    // Half a megabyte that could be split in many ways: read at once, or not in a lifetime.
    [
      'white space without end',
      `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----${' '.repeat(500_000)}!`,
      'x',
      'the PEM in the file is damaged',
    ],
    ['no JSON', pem('hunter2'), 'x', foreign],
    ['another cipher', altered((found) => ({ ...found, cipher: { name: 'aes' } })), 'x', foreign],
    ['a key that would cost a gigabyte', altered((found) => ({ ...found, kdf: tooCostly })), 'x', strange],
    [
      'a short nonce',
      altered((found) => ({ ...found, cipher: { ...found.cipher, nonce: 'AAAA' } })),
      'x',
      foreign,
    ],
    [
      'another ciphertext',
      altered((found) => ({ ...found, ciphertext: Buffer.alloc(100).toString('base64') })),
      'x',
      'the password in COSIGN_PASSWORD does not open it',
    ],
  ] as const) {
    test(what, async () => {
      await assert.rejects(decryptKeyFile(keyText, password), (error) => {
        assert(error instanceof AttestationError);
        assert.equal(error.message, message);
        assert.equal(error.cause, undefined);
        return true;
      });
    });
  }
});

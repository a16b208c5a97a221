import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, test } from 'node:test';
import { AttestationError } from './attester.ts';
import { CosignKey } from './cosign-key.ts';
import { decryptKeyFile } from './cosign-key-file.ts';
import { P256, TEST_PASSWORD } from './test-cosign-keys.ts';

const DATA = Buffer.from('what is signed');

describe('signs with the hash that cosign takes for the key', () => {
  const keys = {
    'P-256': { pair: generateKeyPairSync('ec', { namedCurve: 'P-256' }), hash: 'sha256' },
    'P-384': { pair: generateKeyPairSync('ec', { namedCurve: 'P-384' }), hash: 'sha384' },
    'P-521': { pair: generateKeyPairSync('ec', { namedCurve: 'P-521' }), hash: 'sha512' },
    RSA: { pair: generateKeyPairSync('rsa', { modulusLength: 2048 }), hash: 'sha256' },
    Ed25519: { pair: generateKeyPairSync('ed25519'), hash: null },
  } as const;
  for (const [what, { pair, hash }] of Object.entries(keys)) {
    test(what, () => {
      const key = new CosignKey(pair.privateKey);
      const signature = key.sign(DATA);
      assert(verify(hash, DATA, pair.publicKey, signature));
      assert(key.verify(DATA, signature));
      assert(!key.verify(Buffer.from('something else'), signature));
      assert(!key.verify(DATA, Buffer.from('no signature')));
    });
  }
});

test('the hint is what cosign writes into its bundles', async () => {
  const key = new CosignKey(await decryptKeyFile(P256.keyText, TEST_PASSWORD));
  assert.equal(key.hint, '8VyEXZUk/PfLM3LZT+namgg/cXAZBoIZm8IfTcBgEmw=');
});

describe('refuses keys that cosign does not sign with', () => {
  const kinds = 'it takes ECDSA on P-256, P-384 and P-521, RSA with 2048, 3072 and 4096 bits, and Ed25519';
  for (const [what, { privateKey }] of [
    ['RSA with 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 })],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
    ['x25519', generateKeyPairSync('x25519')],
  ] as const) {
    test(what, () => {
      assert.throws(
        () => new CosignKey(privateKey),
        new AttestationError(`cosign does not sign with a key of this kind, ${what}: ${kinds}`),
      );
    });
  }
});

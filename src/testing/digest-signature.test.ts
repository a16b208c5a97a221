import assert from 'node:assert/strict';
import { constants, createHash, generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { signatureKind, signDigest } from './digest-signature.ts';

test('what is made of a digest verifies as the signature of its text', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const cases = [
    ['EC_SIGN_P256_SHA256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['EC_SIGN_P384_SHA384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['RSA_SIGN_PKCS1_2048_SHA256', rsa],
    ['RSA_SIGN_PSS_2048_SHA256', rsa],
  ] as const;
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  for (const [name, { publicKey, privateKey }] of cases) {
    const kind = signatureKind(name);
    assert.ok(kind);
    // Integers in DER are as long as their values: many signatures meet all lengths.
    for (let count = 0; count < 40; count += 1) {
      const text = Buffer.from(`text ${count}`);
      const signature = signDigest(kind, privateKey, createHash(kind.hash).update(text).digest());
      const key =
        kind.scheme === 'PSS'
          ? { key: publicKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
          : publicKey;
      assert.ok(verify(kind.hash, text, key, signature), `${name}: ${signature.toString('hex')}`);
      assert.ok(!verify(kind.hash, Buffer.from('other'), key, signature));
    }
  }
});

test('names of algorithms that sign no digests are none', () => {
  for (const name of ['EC_SIGN_ED25519', 'EC_SIGN_P256_SHA512', 'RSA_SIGN_RAW_PKCS1_2048', 'HMAC_SHA256']) {
    assert.equal(signatureKind(name), undefined);
  }
});

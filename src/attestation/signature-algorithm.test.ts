import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { fits, isSignatureOf, signatureAlgorithm } from './signature-algorithm.ts';

test('both names of an algorithm are one, and others are none', () => {
  const pairs = [
    ['ECDSA_P256_SHA256', 'EC_SIGN_P256_SHA256'],
    ['ECDSA_P384_SHA384', 'EC_SIGN_P384_SHA384'],
    ['ECDSA_P521_SHA512', 'EC_SIGN_P521_SHA512'],
    ['RSA_PSS_2048_SHA256', 'RSA_SIGN_PSS_2048_SHA256'],
    ['RSA_PSS_4096_SHA512', 'RSA_SIGN_PSS_4096_SHA512'],
  ] as const;
  for (const [one, other] of pairs) {
    assert.ok(signatureAlgorithm(one));
    assert.equal(signatureAlgorithm(one), signatureAlgorithm(other));
  }
  assert.deepEqual(signatureAlgorithm('RSA_SIGN_PKCS1_4096_SHA512'), {
    hash: 'sha512',
    scheme: 'pkcs1',
    size: 4096,
  });
  const none = [
    'EC_SIGN_ED25519',
    'EC_SIGN_SECP256K1_SHA256',
    'RSA_SIGN_RAW_PKCS1_2048',
    'RSA_DECRYPT_OAEP_2048_SHA256',
    'HMAC_SHA256',
    'GOOGLE_SYMMETRIC_ENCRYPTION',
    'PQ_SIGN_ML_DSA_65',
    'SIGNATURE_ALGORITHM_UNSPECIFIED',
    'constructor',
    '',
  ];
  for (const name of none) assert.equal(signatureAlgorithm(name), undefined, name);
});

test('a key fits the algorithms of its kind and size, and a signature that is none is not one', () => {
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const cases = [
    [curve, 'ECDSA_P256_SHA256', true],
    [curve, 'ECDSA_P384_SHA384', false],
    [curve, 'RSA_PSS_2048_SHA256', false],
    [rsa, 'RSA_PSS_2048_SHA256', true],
    [rsa, 'RSA_SIGN_PKCS1_2048_SHA256', true],
    [rsa, 'RSA_SIGN_PKCS1_3072_SHA256', false],
    [rsa, 'ECDSA_P256_SHA256', false],
  ] as const;
  for (const [key, name, fit] of cases) {
    const algorithm = signatureAlgorithm(name);
    assert.ok(algorithm);
    assert.equal(fits(key, algorithm), fit, name);
    if (!fit) continue;
    for (const junk of ['', 'junk', '0'.repeat(256)]) {
      assert.equal(isSignatureOf(Buffer.from('text'), Buffer.from(junk), key, algorithm), false, name);
    }
  }
});

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Crc32c } from '../testing/crc32c.ts';
import { crc32c } from './crc32c.ts';
import { attests } from './occurrence.ts';
import { signaturePayload } from './payload.ts';
import { readPublicKey } from './public-key.ts';
import { NOTE, SUBJECT } from './test-binauthz-world.ts';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const ATTESTOR = {
  name: 'projects/p/attestors/a',
  note: NOTE,
  keys: [
    { id: '', publicKey: readPublicKey(pem, 'ECDSA_P256_SHA256'), fault: undefined },
    { id: 'PGP', publicKey: undefined, fault: 'it is an OpenPGP key' },
  ],
};

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

test('occurrences of whatever form attest nothing, and break nothing', () => {
  const signature = fc.oneof(
    fc.jsonValue(),
    fc.record({
      signature: fc.oneof(fc.jsonValue(), fc.uint8Array().map(base64)),
      publicKeyId: fc.oneof(fc.jsonValue(), fc.constantFrom('', 'PGP')),
    }),
  );
  const occurrence = fc.record({
    noteName: fc.constant(NOTE),
    attestation: fc.oneof(
      fc.jsonValue(),
      fc.record({
        serializedPayload: fc.oneof(
          fc.constant(base64(signaturePayload(SUBJECT))),
          fc.uint8Array().map(base64),
          fc.json().map((text) => base64(Buffer.from(text))),
          fc.jsonValue(),
        ),
        signatures: fc.oneof(fc.jsonValue(), fc.array(signature)),
      }),
    ),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), occurrence), (value) => {
      assert.equal(attests(value, SUBJECT, ATTESTOR), false);
    }),
  );
});

test('checksums of ours are those of the double', () => {
  const double = new Crc32c();
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.equal(String(crc32c(bytes)), double.of(bytes))));
});

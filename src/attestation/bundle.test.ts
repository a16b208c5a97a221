import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { digestHex, digestOf } from '../oci/index.ts';
import { bundleManifest, isBundleOf, signBundle } from './bundle.ts';
import { CosignKey } from './cosign-key.ts';

const DIGEST = digestOf('image');
const PAIR = generateKeyPairSync('ed25519');
const KEY = new CosignKey(PAIR.privateKey);
const STATEMENT = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ digest: { sha256: digestHex(DIGEST) }, annotations: {} }],
  predicateType: 'https://sigstore.dev/cosign/sign/v1',
  predicate: {},
};

/** A bundle in which KEY signed this, whatever it is. */
function signed(statement: unknown, type = 'application/vnd.in-toto+json'): Record<string, object> {
  const payload = Buffer.from(JSON.stringify(statement));
  const encoded = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
  return {
    verificationMaterial: { publicKey: { hint: KEY.hint } },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: type,
      signatures: [{ sig: KEY.sign(encoded).toString('base64') }],
    },
  };
}

function isOurs(bundle: unknown, digest = DIGEST): boolean {
  return isBundleOf(Buffer.from(JSON.stringify(bundle)), digest, KEY);
}

test('a bundle states that the digest is signed, and says so in a signature of the whole', () => {
  assert.deepEqual(JSON.parse(signBundle(DIGEST, KEY).toString()), {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    ...signed(STATEMENT),
  });
  assert.deepEqual(signBundle(DIGEST, KEY), signBundle(DIGEST, KEY));
});

describe('a bundle is the image’s', () => {
  const other = new CosignKey(generateKeyPairSync('ed25519').privateKey);
  const bundle = signed(STATEMENT);
  const { dsseEnvelope } = bundle;
  const moved = { ...STATEMENT, subject: [{ digest: { sha256: digestHex(digestOf('other')) } }] };
  const changed = Buffer.from(JSON.stringify({ ...STATEMENT, predicate: { more: 1 } })).toString('base64');
  for (const [what, value, expected] of [
    ['as we sign it', JSON.parse(signBundle(DIGEST, KEY).toString()), true],
    [
      'with other subjects too',
      signed({ ...STATEMENT, subject: [...moved.subject, ...STATEMENT.subject] }),
      true,
    ],
    ['signed by another key', JSON.parse(signBundle(DIGEST, other).toString()), false],
    ['of another digest', signed(moved), false],
    ['that states something else', signed({ ...STATEMENT, predicateType: 'https://slsa.dev/x' }), false],
    ['with a statement of another kind', signed({ ...STATEMENT, _type: 'x' }), false],
    ['without subjects', signed({ ...STATEMENT, subject: {} }), false],
    ['with another type of payload', signed(STATEMENT, 'text/plain'), false],
    [
      'changed after it was signed',
      { ...bundle, dsseEnvelope: { ...dsseEnvelope, payload: changed } },
      false,
    ],
    ['with a certificate', { ...bundle, verificationMaterial: { certificate: {} } }, false],
    ['without signatures', { ...bundle, dsseEnvelope: { ...dsseEnvelope, signatures: [] } }, false],
    ['that is a list', [bundle], false],
    ['that is null', null, false],
  ] as const) {
    test(`${what}: ${expected}`, () => assert.equal(isOurs(value), expected));
  }

  test('that is no JSON: false', () => assert.equal(isBundleOf(Buffer.from('x'), DIGEST, KEY), false));
});

test('its manifest refers to the image', () => {
  const subject = { mediaType: 'application/x', size: 5, digest: DIGEST };
  const type = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  assert.deepEqual(JSON.parse(bundleManifest(Buffer.from('bundle'), subject).toString()), {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      size: 2,
      digest: digestOf('{}'),
      artifactType: type,
    },
    layers: [{ mediaType: type, size: 6, digest: digestOf('bundle') }],
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
    },
    subject,
    artifactType: type,
  });
});

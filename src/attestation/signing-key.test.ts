import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type GoogleApi, GoogleError } from '../google/index.ts';
import { type AttestorKeyOptions, CloudKms } from '../testing/index.ts';
import { BinauthzWorld, failureOf, NOTE, PREFIX, SUBJECT, versionOf } from './test-binauthz-world.ts';

const signal = new AbortController().signal;

function publicPem(curve = 'P-256'): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: curve });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

/** The key that an attestation is signed with: its version and what the attestation calls it. */
async function signer(world: BinauthzWorld, kmsKey?: string): Promise<readonly string[]> {
  const attester = world.attester({ kmsKey });
  await attester.open(signal);
  assert.equal(await attester.attest(SUBJECT, signal), 'attested');
  const version = world.google.calls.flatMap((call) => /v1\/(.*):asymmetricSign/.exec(call)?.[1] ?? []);
  const ids = JSON.stringify(world.stored).match(/(?<="publicKeyId":")[^"]+/g) ?? [];
  return [...version, ...ids];
}

test('the key of the attestor signs, under the name that the attestor has for it', async () => {
  const world = new BinauthzWorld();
  world.attestor(world.key('k'));
  assert.deepEqual(await signer(world), [versionOf('k'), `${PREFIX}${versionOf('k')}`]);
});

test('of several keys the first that can sign does', async () => {
  const world = new BinauthzWorld();
  const second = world.key('second');
  world.attestor(
    { id: 'ni:///sha-256;abc', pem: publicPem() },
    { id: 'PGP' },
    world.key('disabled', { state: 'DISABLED' }),
    { id: `${PREFIX}${versionOf('missing')}`, pem: publicPem() },
    { ...world.key('other'), pem: publicPem() },
    second,
    world.key('third'),
  );
  assert.deepEqual(await signer(world), [versionOf('second'), second.id]);
});

test('a key that is asked for is one of the attestor, by its name or by its public key', async () => {
  const asked = versionOf('second');
  const cases: readonly [(world: BinauthzWorld) => readonly AttestorKeyOptions[], string, string][] = [
    [(world) => [world.key('first'), world.key('second')], asked, `${PREFIX}${asked}`],
    [(world) => [world.key('first'), world.key('second')], `${PREFIX}${asked}`, `${PREFIX}${asked}`],
    [(world) => [world.key('first'), { ...world.key('second'), id: asked }], `${PREFIX}${asked}`, asked],
    [
      (world) => [world.key('first'), { ...world.key('second'), id: 'ni:///sha-256;x' }],
      asked,
      'ni:///sha-256;x',
    ],
    [
      (world) => [
        { id: `${PREFIX}${asked}`, pem: publicPem() },
        { ...world.key('second'), id: 'release' },
      ],
      asked,
      'release',
    ],
  ];
  for (const [keys, kmsKey, id] of cases) {
    const world = new BinauthzWorld();
    world.attestor(...keys(world));
    assert.deepEqual(await signer(world, kmsKey), [asked, id]);
  }
});

const OTHER = 'the attestor has another public key or algorithm for it than Cloud KMS';
const TAKES = 'it takes EC_SIGN_P256_SHA256, EC_SIGN_P384_SHA384, RSA_SIGN_PKCS1 or RSA_SIGN_PSS';
const NO_KEY = 'the attestor has no key to sign with; -gcp-kms-key could name one of its keys: ';

test('what cannot sign for the attestor is told before anything is done', async (t) => {
  const k = versionOf('k');
  const cases: readonly [
    name: string,
    kmsKey: string | undefined,
    prepare: (world: BinauthzWorld) => void,
    message: string,
  ][] = [
    [
      'no name of a version',
      k.replace('/cryptoKeyVersions/1', ''),
      (world) => world.attestor(world.key('k')),
      `"${k.replace('/cryptoKeyVersions/1', '')}" is not a version of a key in Cloud KMS: ` +
        'projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY/cryptoKeyVersions/NUMBER',
    ],
    [
      'none of its keys',
      k,
      (world) => {
        world.key('k');
        world.attestor(world.key('other'), { id: 'PGP' });
      },
      `${k} is none of the attestor's keys (${PREFIX}${versionOf('other')}, PGP); ` +
        'gcloud container binauthz attestors public-keys add adds it',
    ],
    [
      'another public key',
      k,
      (world) => world.attestor({ ...world.key('k'), pem: publicPem() }),
      `${k}: ${OTHER}`,
    ],
    [
      'another algorithm',
      k,
      (world) => {
        const key = world.key('k', { algorithm: 'RSA_SIGN_PSS_2048_SHA256' });
        world.attestor({ ...key, algorithm: 'RSA_SIGN_PKCS1_2048_SHA256' });
      },
      `${k}: ${OTHER}`,
    ],
    [
      'no PEM',
      k,
      (world) => world.attestor({ ...world.key('k'), pem: 'MFkw' }),
      `${k}: the attestor's key cannot be used: the public key is not in PEM`,
    ],
    [
      'a key of another curve',
      k,
      (world) => world.attestor({ ...world.key('k'), pem: publicPem('P-384') }),
      `${k}: the attestor's key cannot be used: the public key is not one for EC_SIGN_P256_SHA256`,
    ],
    ...(['DISABLED', 'DESTROYED', 'DESTROY_SCHEDULED', 'PENDING_GENERATION'] as const).map(
      (state): [string, string, (world: BinauthzWorld) => void, string] => [
        state,
        k,
        (world) => world.attestor(world.key('k', { state })),
        `the public key of ${k} cannot be read (it has to be a key for signatures, and enabled): ` +
          `cloudkms.googleapis.com: 400 FAILED_PRECONDITION: ${k} is not enabled, current state is: ${state}.`,
      ],
    ),
    [
      'permission',
      k,
      (world) => {
        world.attestor(world.key('k'));
        world.kms.deny('viewPublicKey');
      },
      `the public key of ${k} cannot be read (it takes roles/cloudkms.signerVerifier): ` +
        "cloudkms.googleapis.com: 403 PERMISSION_DENIED: Permission 'cloudkms.cryptoKeyVersions.viewPublicKey' " +
        `denied on resource '${k.replace('/cryptoKeyVersions/1', '')}' (or it may not exist).`,
    ],
    [
      'no such key',
      k,
      (world) => world.attestor({ id: `${PREFIX}${k}`, pem: publicPem() }),
      `the public key of ${k} cannot be read: cloudkms.googleapis.com: 404 NOT_FOUND: CryptoKeyVersion ${k} not found.`,
    ],
    ...['EC_SIGN_ED25519', 'EC_SIGN_SECP256K1_SHA256', 'RSA_DECRYPT_OAEP_2048_SHA256'].map(
      (algorithm): [string, string, (world: BinauthzWorld) => void, string] => [
        algorithm,
        k,
        (world) => world.attestor(world.key('k', { algorithm })),
        `${k} cannot sign attestations: Binary Authorization verifies no signatures of ${algorithm}; ${TAKES}`,
      ],
    ),
    [
      'HMAC',
      k,
      (world) => world.attestor(world.key('k', { algorithm: 'HMAC_SHA256' })),
      `the public key of ${k} cannot be read (it has to be a key for signatures, and enabled): cloudkms.googleapis.com: ` +
        `400 FAILED_PRECONDITION: ${k} is of HMAC_SHA256, which has no public key.`,
    ],
    [
      'nothing of Cloud KMS',
      undefined,
      (world) => world.attestor({ id: 'ni:///sha-256;abc', pem: publicPem() }, { id: 'ABCD' }),
      `${NO_KEY}ni:///sha-256;abc is not in Cloud KMS; ABCD is not in Cloud KMS`,
    ],
    [
      'keys elsewhere',
      undefined,
      (world) => {
        const path = k.replace('projects/p', 'projects/..');
        const ids = [`//evil.example/v1/${k}`, `${PREFIX}${path}`, `${PREFIX}${k}?x`, ''];
        world.attestor(...ids.map((id) => ({ id, pem: publicPem() })));
      },
      `${NO_KEY}${[
        `//evil.example/v1/${k}`,
        `${PREFIX}${k.replace('projects/p', 'projects/..')}`,
        `${PREFIX}${k}?x`,
        'one without an id',
      ]
        .map((id) => `${id} is not in Cloud KMS`)
        .join('; ')}`,
    ],
    [
      'nothing that is enabled',
      undefined,
      (world) => world.attestor(world.key('k', { state: 'DESTROYED' }), { ...world.key('other'), pem: '' }),
      `${NO_KEY}the public key of ${k} cannot be read (it has to be a key for signatures, and enabled): ` +
        `cloudkms.googleapis.com: 400 FAILED_PRECONDITION: ${k} is not enabled, current state is: DESTROYED.; ` +
        `${PREFIX}${versionOf('other')}: the attestor's key cannot be used: the public key is not in PEM`,
    ],
    [
      'no keys',
      undefined,
      (world) => world.attestor(),
      'the attestor has no public keys; gcloud container binauthz attestors public-keys add adds one',
    ],
    [
      'no note',
      undefined,
      (world) => world.authorization.add('projects/p/attestors/a', { note: undefined }),
      'the attestor has no note that attestations could hang on',
    ],
    [
      'no attestor',
      undefined,
      () => undefined,
      'the attestor cannot be read: binaryauthorization.googleapis.com: 404 NOT_FOUND: ' +
        'Requested entity was not found: projects/p/attestors/a',
    ],
    [
      'no right to see the attestor',
      undefined,
      (world) => {
        world.authorization.add('projects/p/attestors/a', { note: NOTE });
        world.authorization.deny('get');
      },
      'the attestor cannot be read (it takes roles/binaryauthorization.attestorsViewer): ' +
        "binaryauthorization.googleapis.com: 403 PERMISSION_DENIED: Permission 'binaryauthorization.attestors.get' " +
        "denied on resource 'projects/p/attestors/a' (or it may not exist).",
    ],
  ];
  for (const [name, kmsKey, prepare, message] of cases) {
    await t.test(name, async () => {
      const world = new BinauthzWorld();
      prepare(world);
      assert.equal(await failureOf(world.attester({ kmsKey }).open(signal)), message);
    });
  }
});

test('what is no name of an attestor is asked of nobody', async () => {
  for (const attestor of [
    'a',
    'projects/p/attestors/',
    'projects/p/attestors/a/b',
    'projects/p/attestors/a?x',
    'projects/../attestors/a',
    'projects/p/attestors/..',
  ]) {
    const world = new BinauthzWorld();
    assert.equal(
      await failureOf(world.attester({ attestor }).open(signal)),
      `"${attestor}" is not the name of an attestor: projects/PROJECT/attestors/ATTESTOR`,
    );
    assert.deepEqual(world.google.calls, []);
  }
});

test('trouble with Cloud KMS itself says nothing about a key, and ends the choice', async () => {
  const error = new GoogleError('cloudkms.googleapis.com: 503 UNAVAILABLE', { httpStatus: 503 });
  const unauthenticated = new GoogleError('cloudkms.googleapis.com: no credentials');
  for (const fault of [error, unauthenticated]) {
    const world = new BinauthzWorld();
    world.attestor(world.key('first'), world.key('second'));
    const asked: string[] = [];
    const google: GoogleApi = {
      call: async (request, given) => {
        if (request.url.host !== CloudKms.host) return await world.google.call(request, given);
        asked.push(request.url.href);
        throw fault;
      },
    };
    assert.equal(
      await failureOf(world.attester({ google }).open(signal)),
      `the public key of ${versionOf('first')} cannot be read: ${fault.message}`,
    );
    assert.deepEqual(asked, [`https:${PREFIX}${versionOf('first')}/publicKey`]);
  }
});

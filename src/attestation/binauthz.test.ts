import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { GoogleError } from '../google/index.ts';
import { digestOf } from '../oci/index.ts';
import type { KmsDamage } from '../testing/index.ts';
import { signaturePayload } from './payload.ts';
import {
  ATTESTOR,
  BinauthzWorld,
  DIGEST,
  failureOf,
  NAME,
  NOTE,
  PARENT,
  PREFIX,
  SUBJECT,
  versionOf,
} from './test-binauthz-world.ts';

const signal = new AbortController().signal;
const URI = `https://${NAME}`;
const PAYLOAD = signaturePayload(SUBJECT);
const ID = `${PREFIX}${versionOf('k')}`;
const NOT_ATTESTED = `${NAME} is not attested by attestor ${ATTESTOR}: `;
const ALL = [
  'list',
  'POST cloudkms:asymmetricSign',
  'POST binaryauthorization:validateAttestationOccurrence',
  'create',
];

function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function text(occurrence: unknown, ...path: readonly string[]): string {
  let here = occurrence;
  for (const name of path) here = Reflect.get(Object(here), name);
  return String(here);
}

/** A world with one key, and an attester that has read it. */
async function opened() {
  const world = new BinauthzWorld();
  world.attestor(world.key('k'));
  return { world, attester: await world.opened() };
}

test('an image is attested by four requests, and once', async () => {
  const world = new BinauthzWorld();
  const key = world.key('k');
  world.attestor(key);
  const attester = world.attester();
  assert.equal(attester.name, `attestor ${ATTESTOR}`);
  await attester.open(signal);
  assert.deepEqual(world.requests(), ['GET binaryauthorization/a', 'GET cloudkms/publicKey']);
  assert.equal(await attester.attest(SUBJECT, signal), 'attested');
  assert.deepEqual(world.requests(), ALL);
  const [occurrence] = world.stored;
  const signature = text(occurrence, 'attestation', 'signatures', '0', 'signature');
  assert.deepEqual(world.stored, [
    {
      kind: 'ATTESTATION',
      resourceUri: URI,
      noteName: NOTE,
      attestation: {
        serializedPayload: Buffer.from(PAYLOAD).toString('base64'),
        signatures: [{ signature, publicKeyId: key.id }],
      },
    },
  ]);
  assert.ok(verify('sha256', PAYLOAD, key.pem ?? '', Buffer.from(signature, 'base64')));
  assert.equal(await attester.attest(SUBJECT, signal), 'present');
  assert.deepEqual(world.requests(), ['list']);
  const other = { ...SUBJECT, digest: digestOf('other') };
  assert.equal(await attester.attest(other, signal), 'attested');
  assert.equal(world.stored.length, 2);
});

test('without a parent, occurrences are kept where the attestor is', async () => {
  const world = new BinauthzWorld();
  world.attestor(world.key('k'));
  const attester = await world.opened({ parent: undefined });
  await attester.attest(SUBJECT, signal);
  assert.deepEqual([...world.store.occurrencesOf.keys()], ['projects/p']);
});

test('keys of every kind sign', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const privateKey = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
  const keys = {
    EC_SIGN_P256_SHA256: {},
    EC_SIGN_P384_SHA384: {},
    RSA_SIGN_PKCS1_2048_SHA256: { privateKey },
    RSA_SIGN_PSS_2048_SHA256: { privateKey },
  };
  for (const [algorithm, options] of Object.entries(keys)) {
    const world = new BinauthzWorld();
    world.attestor(world.key('k', { algorithm, ...options }));
    const attester = await world.opened();
    assert.equal(await attester.attest(SUBJECT, signal), 'attested', algorithm);
    assert.equal(await attester.attest(SUBJECT, signal), 'present', algorithm);
  }
});

test('what is there already counts when a key of the attestor signed that it is this image', async (t) => {
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const byCurve = (payload: Uint8Array, publicKeyId = 'ni:///curve') => ({
    signature: sign('sha512', payload, curve.privateKey).toString('base64'),
    publicKeyId,
  });
  const byRsa = (payload: Uint8Array) => ({
    signature: sign('sha256', payload, { key: rsa.privateKey, ...pss }).toString('base64'),
    publicKeyId: 'release key',
  });
  const byStranger = (payload: Uint8Array, publicKeyId = ID) => ({
    signature: sign('sha256', payload, stranger.privateKey).toString('base64'),
    publicKeyId,
  });
  const compact = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(PAYLOAD).toString())));
  const otherDigest = signaturePayload({ ...SUBJECT, digest: digestOf('old') });
  const otherRepository = Buffer.from(Buffer.from(PAYLOAD).toString().replace('/r/app', '/r/evil'));
  const withDigest = Buffer.from(Buffer.from(PAYLOAD).toString().replace('/r/app', `/r/app@${DIGEST}`));
  const cases: readonly [
    name: string,
    payload: Uint8Array,
    signatures: readonly object[],
    counts: boolean,
    note?: string,
  ][] = [
    ['by a key that is not in Cloud KMS', PAYLOAD, [byCurve(PAYLOAD)], true],
    ['by an RSA key with PSS', PAYLOAD, [byRsa(PAYLOAD)], true],
    ['in one line', compact, [byCurve(compact)], true],
    ['by a stranger and by a key', PAYLOAD, [byStranger(PAYLOAD), byRsa(PAYLOAD)], true],
    ['of another digest', otherDigest, [byCurve(otherDigest)], false],
    ['of another repository', otherRepository, [byCurve(otherRepository)], false],
    ['of a name with digest', withDigest, [byCurve(withDigest)], false],
    ['of another note', PAYLOAD, [byCurve(PAYLOAD)], false, 'projects/p/notes/other'],
    ['by a stranger', PAYLOAD, [byStranger(PAYLOAD)], false],
    ['of a key by another name', PAYLOAD, [byCurve(PAYLOAD, 'curve')], false],
    ['of a key by the name of another', PAYLOAD, [byCurve(PAYLOAD, 'release key')], false],
    ['of a key that is OpenPGP', PAYLOAD, [byCurve(PAYLOAD, 'ABCD')], false],
    ['of other bytes', compact, [byCurve(PAYLOAD)], false],
    ['without signatures', PAYLOAD, [], false],
    ['with a signature that is none', PAYLOAD, [{ signature: '?', publicKeyId: ID }, {}], false],
  ];
  for (const [name, payload, signatures, counts, noteName = NOTE] of cases) {
    await t.test(name, async () => {
      const world = new BinauthzWorld();
      world.attestor(
        world.key('k'),
        { id: 'ni:///curve', pem: pemOf(curve.publicKey), algorithm: 'ECDSA_P521_SHA512' },
        { id: 'release key', pem: pemOf(rsa.publicKey), algorithm: 'RSA_PSS_2048_SHA256' },
        { id: 'ABCD' },
      );
      const serializedPayload = Buffer.from(payload).toString('base64');
      world.store.put(PARENT, { resourceUri: URI, noteName, attestation: { serializedPayload, signatures } });
      const attester = await world.opened();
      assert.equal(await attester.attest(SUBJECT, signal), counts ? 'present' : 'attested');
      assert.deepEqual(world.requests(), counts ? ['list'] : ALL);
    });
  }
});

test('an answer of Cloud KMS that is damaged is asked for once more, and no more', async (t) => {
  const k = versionOf('k');
  const cases: readonly [damage: KmsDamage, fault: string][] = [
    ['name', 'is by another key'],
    ['verifiedDigestCrc32c', 'is of a digest whose checksum was not verified'],
    ['signature', 'does not have its checksum'],
    ['signatureCrc32c', 'does not have its checksum'],
    ['signature, before its checksum', 'does not verify with the public key'],
  ];
  for (const [damage, fault] of cases) {
    await t.test(damage, async () => {
      const { world, attester } = await opened();
      world.kms.damage(damage);
      assert.equal(await attester.attest(SUBJECT, signal), 'attested');
      assert.equal(world.kms.signatures, 2);
      world.kms.damage(damage);
      world.kms.damage(damage);
      const other = { ...SUBJECT, digest: digestOf('other') };
      assert.equal(
        await failureOf(attester.attest(other, signal)),
        `${NOT_ATTESTED.replace(DIGEST, other.digest)}the signature from ${k} ${fault}`,
      );
      assert.equal(world.kms.signatures, 4);
      assert.equal(world.stored.length, 1);
    });
  }
  await t.test('the public key', async () => {
    const { world, attester } = await opened();
    world.kms.damage('pem');
    await attester.open(signal);
    world.kms.damage('pem');
    world.kms.damage('pem');
    const fault = await failureOf(world.attester({ kmsKey: k }).open(signal));
    assert.equal(fault, `the public key of ${k} does not have its checksum`);
  });
});

test('what is refused names the image, the step, and the role that it takes', async (t) => {
  const denied = new GoogleError('containeranalysis.googleapis.com: 403 PERMISSION_DENIED: no', {
    httpStatus: 403,
    status: 'PERMISSION_DENIED',
  });
  const k = versionOf('k');
  const cases: readonly [name: string, prepare: (world: BinauthzWorld) => void, message: string][] = [
    [
      'listing',
      ({ store }) => (store.listFault = denied),
      `the attestations in ${PARENT} cannot be listed (it takes roles/containeranalysis.occurrences.viewer): ` +
        'containeranalysis.googleapis.com: 403 PERMISSION_DENIED: no',
    ],
    [
      'signing',
      ({ kms }) => kms.deny('useToSign'),
      `${k} did not sign (it takes roles/cloudkms.signerVerifier): cloudkms.googleapis.com: 403 PERMISSION_DENIED: ` +
        "Permission 'cloudkms.cryptoKeyVersions.useToSign' denied on resource " +
        `'${k.replace('/cryptoKeyVersions/1', '')}' (or it may not exist).`,
    ],
    [
      'signing with a key that was disabled since',
      ({ kms }) => kms.setState(k, 'DISABLED'),
      `${k} did not sign (it has to be a key for signatures, and enabled): cloudkms.googleapis.com: ` +
        `400 FAILED_PRECONDITION: ${k} is not enabled, current state is: DISABLED.`,
    ],
    [
      'verifying',
      ({ authorization }) => authorization.deny('verifyImageAttested'),
      'Binary Authorization did not verify the attestation (it takes roles/binaryauthorization.attestorsVerifier): ' +
        'binaryauthorization.googleapis.com: 403 PERMISSION_DENIED: Permission ' +
        `'binaryauthorization.attestors.verifyImageAttested' denied on resource '${ATTESTOR}' (or it may not exist).`,
    ],
    [
      'an attestation that is not accepted',
      (world) => world.attestor({ ...world.key('other'), id: 'other' }),
      'Binary Authorization does not accept the attestation: ' +
        'No signature was valid and made with a key that the attestor trusts',
    ],
    [
      'storing',
      ({ store }) => store.faults.push({ error: denied, stored: false }),
      `the attestation cannot be stored in ${PARENT} (it takes roles/containeranalysis.occurrences.editor there and ` +
        'roles/containeranalysis.notes.attacher at the note): containeranalysis.googleapis.com: 403 PERMISSION_DENIED: no',
    ],
  ];
  for (const [name, prepare, message] of cases) {
    await t.test(name, async () => {
      const { world, attester } = await opened();
      prepare(world);
      assert.equal(await failureOf(attester.attest(SUBJECT, signal)), NOT_ATTESTED + message);
      assert.deepEqual(world.stored, []);
    });
  }
});

test('an attestation that may have been stored is looked for before it is sent again', async (t) => {
  const lost = new GoogleError('containeranalysis.googleapis.com: the connection ended');
  const broken = new GoogleError('containeranalysis.googleapis.com: 503 UNAVAILABLE', { httpStatus: 503 });
  const slow = new GoogleError('containeranalysis.googleapis.com: 408', { httpStatus: 408 });
  const exists = new GoogleError('containeranalysis.googleapis.com: 409 ALREADY_EXISTS', { httpStatus: 409 });
  const aborted = new GoogleError('containeranalysis.googleapis.com: 409 ABORTED', {
    httpStatus: 409,
    status: 'ABORTED',
  });
  const again = ['list', 'create'];
  const cases: readonly [
    name: string,
    faults: readonly { readonly error: Error; readonly stored: boolean }[],
    requests: readonly string[],
  ][] = [
    ['it was stored', [{ error: lost, stored: true }], [...ALL, 'list']],
    ['it was not', [{ error: broken, stored: false }], [...ALL, ...again]],
    [
      'twice not',
      [
        { error: slow, stored: false },
        { error: lost, stored: false },
      ],
      [...ALL, ...again, ...again],
    ],
    ['it is there', [{ error: exists, stored: true }], ALL],
    ['somebody came between', [{ error: aborted, stored: false }], [...ALL, ...again]],
  ];
  for (const [name, faults, requests] of cases) {
    await t.test(name, async () => {
      const { world, attester } = await opened();
      world.store.faults.push(...faults);
      assert.equal(await attester.attest(SUBJECT, signal), 'attested');
      assert.deepEqual(world.requests(), requests);
      assert.equal(world.stored.length, 1);
    });
  }
  await t.test('the answer is not what was stored', async () => {
    const { world, attester } = await opened();
    world.store.answers.push({}, {}, { resourceUri: 'https://another' });
    assert.equal(
      await failureOf(attester.attest(SUBJECT, signal)),
      `${NOT_ATTESTED}${PARENT} does not say that it has the attestation, which was sent there`,
    );
    assert.deepEqual(world.requests(), [...ALL, ...again, ...again]);
  });
  await t.test('never', async () => {
    const { world, attester } = await opened();
    world.store.faults.push(...Array.from({ length: 3 }, () => ({ error: broken, stored: false })));
    assert.equal(
      await failureOf(attester.attest(SUBJECT, signal)),
      `${NOT_ATTESTED}the attestation cannot be stored in ${PARENT}: containeranalysis.googleapis.com: 503 UNAVAILABLE`,
    );
    assert.deepEqual(world.requests(), [...ALL, ...again, ...again]);
  });
});

test('a run that ends ends with its reason, and not as a fault of the image', async () => {
  const { world, attester } = await opened();
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await assert.rejects(attester.attest(SUBJECT, controller.signal), { name: 'Error', message: 'enough' });
  await assert.rejects(world.attester().open(controller.signal), { name: 'Error', message: 'enough' });
});

test('a digest that Binary Authorization does not know is refused without a request', async () => {
  const { world, attester } = await opened();
  const subject = { ...SUBJECT, digest: digestOf('x', 'sha512') };
  assert.match(await failureOf(attester.attest(subject, signal)), /knows digests of sha256 only$/);
  assert.deepEqual(world.requests(), []);
});

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BinauthzAttester } from '../../src/attestation/index.ts';
import { FakeGoogleApi } from '../../src/google/fake-google-api.ts';
import { ContainerAnalysis } from '../../src/google/index.ts';
import { digestOf, parseReference } from '../../src/oci/index.ts';
import {
  type AttestorKeyOptions,
  BinaryAuthorization,
  CloudKms,
  type GoogleHandler,
} from '../../src/testing/index.ts';
import { run, runOk } from '../support/processes.ts';
import { requireTool } from '../support/tools.ts';

const ATTESTOR = 'projects/p/attestors/a';
const NOTE = 'projects/p/notes/n';
const KEY = 'projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1';
const SUBJECT = {
  repository: parseReference('eu.gcr.io/p/app').repository,
  digest: digestOf('an image'),
};
/** With a salt as long as the digest. */
const PSS = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:-1'];
const signal = new AbortController().signal;

interface StoredAttestation {
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** An attestor, and the occurrences that are made for it. */
class World {
  readonly kms = new CloudKms();
  readonly authorization = new BinaryAuthorization();
  readonly occurrences: object[] = [];

  attester(...keys: readonly AttestorKeyOptions[]): BinauthzAttester {
    this.authorization.add(ATTESTOR, { note: NOTE, keys });
    const google = new FakeGoogleApi({
      [CloudKms.host]: this.kms.handler,
      [BinaryAuthorization.host]: this.authorization.handler,
      'containeranalysis.googleapis.com': this.#analysis,
    });
    const analysis = new ContainerAnalysis(google);
    return new BinauthzAttester({
      google,
      analysis,
      attestor: ATTESTOR,
      parent: 'projects/p',
      kmsKey: undefined,
    });
  }

  readonly #analysis: GoogleHandler = ({ method, body }) => {
    if (method === 'GET') return { status: 200, body: { occurrences: this.occurrences } };
    this.occurrences.push({ name: 'projects/p/occurrences/1', kind: 'ATTESTATION', ...Object(body) });
    return { status: 200, body: this.occurrences.at(-1) };
  };

  get stored(): StoredAttestation {
    const attestation: unknown = Reflect.get(this.occurrences[0] ?? {}, 'attestation');
    const [signature] = Reflect.get(Object(attestation), 'signatures');
    return {
      payload: Buffer.from(String(Reflect.get(Object(attestation), 'serializedPayload')), 'base64'),
      signature: Buffer.from(String(Reflect.get(Object(signature), 'signature')), 'base64'),
    };
  }
}

test('openssl verifies what Cloud KMS signed, with keys of every kind', async (t) => {
  const openssl = await requireTool(t, 'openssl');
  if (openssl === undefined) return;
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-attestation-'));
  t.after(async () => await rm(folder, { recursive: true }));
  const file = (name: string): string => join(folder, name);
  const rsa = new Map<string, string>();
  const keyOf = (bits: string): string => {
    const pem =
      rsa.get(bits) ??
      generateKeyPairSync('rsa', {
        modulusLength: Number(bits),
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      }).privateKey;
    rsa.set(bits, pem);
    return pem;
  };
  const algorithms = [
    'EC_SIGN_P256_SHA256',
    'EC_SIGN_P384_SHA384',
    'RSA_SIGN_PKCS1_2048_SHA256',
    'RSA_SIGN_PKCS1_3072_SHA256',
    'RSA_SIGN_PKCS1_4096_SHA256',
    'RSA_SIGN_PKCS1_4096_SHA512',
    'RSA_SIGN_PSS_2048_SHA256',
    'RSA_SIGN_PSS_3072_SHA256',
    'RSA_SIGN_PSS_4096_SHA256',
    'RSA_SIGN_PSS_4096_SHA512',
  ];
  for (const algorithm of algorithms) {
    const [, bits] = /_(\d{4})_/.exec(algorithm) ?? [];
    const world = new World();
    const pem = world.kms.add(KEY, { algorithm, ...(bits === undefined ? {} : { privateKey: keyOf(bits) }) });
    const attester = world.attester({ id: `//cloudkms.googleapis.com/v1/${KEY}`, pem, algorithm });
    await attester.open(signal);
    assert.equal(await attester.attest(SUBJECT, signal), 'attested');
    const { payload, signature } = world.stored;
    await Promise.all([
      writeFile(file('key.pem'), pem),
      writeFile(file('payload.json'), payload),
      writeFile(file('signature'), signature),
    ]);
    const hash = `-${algorithm.slice(algorithm.lastIndexOf('_') + 1).toLowerCase()}`;
    const padding = algorithm.includes('PSS') ? PSS : [];
    const args = ['dgst', hash, ...padding, '-verify', file('key.pem'), '-signature', file('signature')];
    assert.equal(await runOk(openssl, [...args, file('payload.json')]), 'Verified OK\n', algorithm);
    await writeFile(file('payload.json'), payload.subarray(1));
    assert.equal((await run(openssl, [...args, file('payload.json')])).code, 1);
  }
});

test('what openssl signed counts, and is not signed again', async (t) => {
  const openssl = await requireTool(t, 'openssl');
  if (openssl === undefined) return;
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-attestation-'));
  t.after(async () => await rm(folder, { recursive: true }));
  const file = (name: string): string => join(folder, name);
  const keys = [
    ['ECDSA_P256_SHA256', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], []],
    ['RSA_PSS_2048_SHA256', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], PSS],
  ] as const;
  // As the documents of Binary Authorization have it written.
  const payload = {
    critical: {
      identity: { 'docker-reference': 'eu.gcr.io/p/app' },
      image: { 'docker-manifest-digest': SUBJECT.digest },
      type: 'Google cloud binauthz container signature',
    },
  };
  for (const [algorithm, generation, padding] of keys) {
    await runOk(openssl, ['genpkey', ...generation, '-out', file('private.pem')]);
    const pem = await runOk(openssl, ['pkey', '-in', file('private.pem'), '-pubout']);
    await writeFile(file('payload.json'), JSON.stringify(payload, undefined, 4));
    await runOk(openssl, [
      'dgst',
      '-sha256',
      ...padding,
      '-sign',
      file('private.pem'),
      '-out',
      file('signature'),
      file('payload.json'),
    ]);
    const base64 = async (name: string): Promise<string> =>
      (await runOk(openssl, ['base64', '-A', '-in', file(name)])).trim();
    const world = new World();
    const attester = world.attester(
      { id: 'local', pem, algorithm },
      { id: `//cloudkms.googleapis.com/v1/${KEY}`, pem: world.kms.add(KEY) },
    );
    world.occurrences.push({
      name: 'projects/p/occurrences/0',
      kind: 'ATTESTATION',
      noteName: NOTE,
      attestation: {
        serializedPayload: await base64('payload.json'),
        signatures: [{ signature: await base64('signature'), publicKeyId: 'local' }],
      },
    });
    await attester.open(signal);
    assert.equal(await attester.attest(SUBJECT, signal), 'present', algorithm);
    assert.equal(world.kms.signatures, 0);
  }
});

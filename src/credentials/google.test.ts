import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CloudDouble, startGoogleCloud } from '../testing/index.ts';
import { detour, until } from './test-cloud-detour.ts';
import { cloudKeychain } from './test-cloud-keychain.ts';
import type { FakeEnvironment } from '../http/fake-environment.ts';
import { ask } from './keychain-cases.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const stranger = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const EMAIL = 'reader@project.iam.gserviceaccount.com';
const AUDIENCE = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k';
const SUBJECT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln';
const USER = { clientId: 'client', clientSecret: 'c-secret', refreshToken: '1//refresh' };
const METADATA = 'metadata.google.internal';
const PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const KEY = '/etc/key.json';

const serviceAccount = {
  type: 'service_account',
  client_email: EMAIL,
  private_key: privateKey,
  token_uri: 'https://oauth2.googleapis.com/token',
};

let folder = '';
let machine = true;
let cloud: CloudDouble;
let elsewhere: CloudDouble;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-'));
  writeFileSync(join(folder, 'subject'), SUBJECT);
  cloud = await startGoogleCloud({
    serviceAccount: { email: EMAIL, publicKey },
    user: USER,
    external: { audience: AUDIENCE, subjectToken: SUBJECT },
    machine: true,
  });
  elsewhere = await startGoogleCloud({ machine: false });
});
after(async () => {
  rmSync(folder, { recursive: true });
  await Promise.all([cloud.stop(), elsewhere.stop()]);
});

function setup(environment: FakeEnvironment = {}, target = cloud.url, dead: readonly string[] = []) {
  const { transport, asked, timeouts } = detour(target, dead);
  const { keychain, state } = cloudKeychain(
    environment,
    async (request) => await (machine ? transport : detour(elsewhere.url).transport)(request),
  );
  return { state, keychain, asked, timeouts };
}

function keyFile(key: object): FakeEnvironment {
  return { variables: { GOOGLE_APPLICATION_CREDENTIALS: KEY }, files: { [KEY]: JSON.stringify(key) } };
}

async function password(keychain: Parameters<typeof ask>[0], image = 'gcr.io/project/app'): Promise<string> {
  const [credential, ...more] = await ask(keychain, image);
  assert.ok(credential?.kind === 'basic' && credential.username === '_token' && more.length === 0);
  return credential.password;
}

test('metadata server: one token for all registries of Google, renewed shortly before its end', async () => {
  const { keychain, asked, timeouts, state } = setup();
  const [one, two] = await Promise.all([
    password(keychain),
    password(keychain, 'europe-docker.pkg.dev/p/r/app'),
  ]);
  assert.match(one, /^ya29\.\d+$/);
  assert.equal(one, two);
  assert.deepEqual([asked, timeouts], [[`GET http://${METADATA}${PATH}`], [1000]]);
  assert.deepEqual(state.tokens, ['google 1 h']);
  state.now += 56 * 60_000;
  assert.equal(await password(keychain), one);
  await until(() => state.tokens.length === 2);
  assert.notEqual(await password(keychain), one);
});

test('GCE_METADATA_HOST says where it is, and has to be a host', async () => {
  const { keychain, asked } = setup({ variables: { GCE_METADATA_HOST: '127.0.0.1:988' } });
  await password(keychain);
  assert.deepEqual(asked, [`GET http://127.0.0.1:988${PATH}`]);
  const odd = setup({ variables: { GCE_METADATA_HOST: 'a/b?' } });
  assert.deepEqual(kinds(await ask(odd.keychain, 'gcr.io/x/y')), ['withheld']);
  assert.deepEqual([odd.asked, odd.state.faults], [[], ['google invalid_configuration']]);
});

test('off the cloud all images share one short wait, others have none, and it is asked again later', async () => {
  const { keychain, asked, timeouts, state } = setup({}, cloud.url, [METADATA]);
  assert.deepEqual(await ask(keychain, 'docker.io/library/nginx'), []);
  assert.deepEqual(asked, []);
  const images = ['gcr.io/a/b', 'eu.gcr.io/a/b', 'us-docker.pkg.dev/a/b/c'];
  assert.deepEqual(await Promise.all(images.map(async (image) => await ask(keychain, image))), [[], [], []]);
  assert.deepEqual(await ask(keychain, 'gcr.io/a/b'), []);
  assert.deepEqual([asked.length, timeouts, state.faults], [1, [1000], ['google no_identity']]);
  state.now += 60_000;
  await ask(keychain, 'gcr.io/a/b');
  assert.equal(asked.length, 2);
});

test('a metadata server without a service account is one that may have one later', async () => {
  machine = false;
  const { keychain, state } = setup();
  try {
    assert.deepEqual(await ask(keychain, 'gcr.io/a/b'), []);
    assert.deepEqual(state.messages, [
      `Google: there is no identity here: the metadata server ${METADATA} knows no service account`,
    ]);
  } finally {
    machine = true;
  }
  assert.deepEqual(await ask(keychain, 'gcr.io/a/b'), []);
  state.now += 60_000;
  assert.match(await password(keychain), /^ya29/);
});

test('something else that answers there is no metadata server', async () => {
  const answer = { status: 200, headers: {}, body: Buffer.from('{"access_token":"x","expires_in":3600}') };
  const { keychain, state } = cloudKeychain({}, async () => answer);
  assert.deepEqual(await ask(keychain, 'gcr.io/a/b'), []);
  assert.deepEqual(state.messages, [
    `Google: there is no identity here: ${METADATA} is no metadata server of Google`,
  ]);
});

const keys: readonly (readonly [name: string, key: () => object, asked: string])[] = [
  [
    'service account, by an assertion signed with its key',
    () => serviceAccount,
    'oauth2.googleapis.com/token',
  ],
  [
    'user, by a refresh token',
    () => ({
      type: 'authorized_user',
      client_id: USER.clientId,
      client_secret: USER.clientSecret,
      refresh_token: USER.refreshToken,
    }),
    'oauth2.googleapis.com/token',
  ],
  [
    'external account, by the token in a file',
    () => ({
      type: 'external_account',
      audience: AUDIENCE,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: 'https://sts.googleapis.com/v1/token',
      credential_source: { file: join(folder, 'subject') },
    }),
    'sts.googleapis.com/v1/token',
  ],
];
for (const [name, key, endpoint] of keys) {
  test(`key file: ${name}`, async () => {
    const { keychain, asked, state } = setup(keyFile(key()));
    assert.match(await password(keychain), /^ya29\.\d+$/);
    await password(keychain, 'eu.gcr.io/other/app');
    assert.deepEqual(asked, [`POST https://${endpoint}`]);
    assert.deepEqual(state.tokens, ['google 1 h']);
  });
}

function kinds(offered: Awaited<ReturnType<typeof ask>>): string[] {
  return offered.map(({ kind }) => kind);
}

const broken: readonly (readonly [
  name: string,
  environment: FakeEnvironment,
  fault: string,
  message: RegExp,
])[] = [
  [
    "another's private key",
    keyFile({ ...serviceAccount, private_key: stranger.privateKey }),
    'google refused',
    /^Google: GOOGLE_APPLICATION_CREDENTIALS \/etc\/key\.json: invalid_grant: Invalid JWT Signature: …$/,
  ],
  [
    'an unknown account',
    keyFile({ ...serviceAccount, client_email: 'other@project.iam.gserviceaccount.com' }),
    'google refused',
    /invalid_grant: Invalid grant: account not found$/,
  ],
  [
    'a refresh token that is none',
    keyFile({
      type: 'authorized_user',
      client_id: 'client',
      client_secret: 'c-secret',
      refresh_token: '1//old',
    }),
    'google refused',
    /: invalid_grant$|Bad token …$/,
  ],
  [
    'a key that is none',
    keyFile({ ...serviceAccount, private_key: 'SECRET' }),
    'google invalid_configuration',
    /^Google: GOOGLE_APPLICATION_CREDENTIALS \/etc\/key\.json: its private_key cannot be read$/,
  ],
  [
    'no JSON',
    { variables: { GOOGLE_APPLICATION_CREDENTIALS: KEY }, files: { [KEY]: '{"private_key": "SECRET' } },
    'google invalid_configuration',
    /^Google: GOOGLE_APPLICATION_CREDENTIALS: \/etc\/key\.json is no JSON object$/,
  ],
  [
    'no file',
    { variables: { GOOGLE_APPLICATION_CREDENTIALS: KEY } },
    'google invalid_configuration',
    /^Google: GOOGLE_APPLICATION_CREDENTIALS: \/etc\/key\.json does not exist$/,
  ],
];
for (const [name, environment, fault, message] of broken) {
  test(`key file with ${name}: the image is still to be had by anybody, and no secret is told`, async () => {
    const { keychain, state } = setup(environment);
    assert.deepEqual(kinds(await ask(keychain, 'gcr.io/distroless/static')), ['withheld']);
    assert.deepEqual(state.faults, [fault]);
    assert.match(state.messages.join(), message);
    assert.doesNotMatch(state.messages.join(), /SECRET|c-secret|1\/\/|eyJ|BEGIN/);
  });
}

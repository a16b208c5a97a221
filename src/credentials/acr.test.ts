import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type AzureCloudOptions, type CloudDouble, startAzureCloud } from '../testing/index.ts';
import { detour, until } from './test-cloud-detour.ts';
import { cloudKeychain } from './test-cloud-keychain.ts';
import type { FakeEnvironment } from '../http/fake-environment.ts';
import { ask } from './keychain-cases.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const CLIENT = '99999999-8888-7777-6666-555555555555';
const SECRET = 'hunter2~secret';
const TOKEN_FILE = '/var/run/secrets/azure/token';
const APPLICATION = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT };
const IMAGE = 'my.azurecr.io/app';
const HOUR = 3_600_000;
const ENTRA = `POST https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`;
const MACHINE = 'GET http://169.254.169.254/metadata/identity/oauth2/token';

const started: CloudDouble[] = [];
after(async () => await Promise.all(started.map(async (cloud) => await cloud.stop())));

async function setup(environment: FakeEnvironment, options: AzureCloudOptions, dead: readonly string[] = []) {
  const cloud = await startAzureCloud(options);
  started.push(cloud);
  const { transport, asked, timeouts } = detour(cloud.url, dead);
  const { keychain, state } = cloudKeychain(environment, transport);
  // What the SDK looks up about the authority is its own affair.
  const posts = (): string[] => asked.filter((request) => !request.includes('/.well-known/'));
  return { keychain, state, posts, timeouts };
}

async function token(keychain: Parameters<typeof ask>[0], image = IMAGE): Promise<unknown> {
  const [credential, ...more] = await ask(keychain, image);
  assert.ok(credential?.kind === 'identity-token' && more.length === 0);
  return JSON.parse(Buffer.from(credential.token.split('.')[1] ?? '', 'base64url').toString()).sub;
}

test('client secret: one Entra token, exchanged at each registry once', async () => {
  const variables = { ...APPLICATION, AZURE_CLIENT_SECRET: SECRET };
  const application = { tenantId: TENANT, clientId: CLIENT, secret: SECRET };
  const { keychain, posts, state } = await setup({ variables }, { application });
  const both = await Promise.all([token(keychain), token(keychain, `${IMAGE}/other`)]);
  assert.deepEqual(both, ['my.azurecr.io', 'my.azurecr.io']);
  assert.equal(await token(keychain, 'other.azurecr.io/app'), 'other.azurecr.io');
  assert.deepEqual(posts(), [
    ENTRA,
    'POST https://my.azurecr.io/oauth2/exchange',
    'POST https://other.azurecr.io/oauth2/exchange',
  ]);
  assert.deepEqual([state.tokens, state.faults], [['acr 3 h', 'acr 3 h'], []]);
});

test('workload identity: the assertion is passed on, and read anew for the next token', async () => {
  const files: Record<string, string> = { [TOKEN_FILE]: 'assertion-1\n' };
  const variables = { ...APPLICATION, AZURE_FEDERATED_TOKEN_FILE: TOKEN_FILE };
  const application = {
    tenantId: TENANT,
    clientId: CLIENT,
    assertion: () => files[TOKEN_FILE]?.trim() ?? '',
  };
  const { keychain, posts, state } = await setup({ variables, files }, { application });
  assert.equal(await token(keychain), 'my.azurecr.io');
  files[TOKEN_FILE] = 'assertion-2';
  state.now += 2 * HOUR;
  assert.equal(await token(keychain), 'my.azurecr.io');
  await until(() => posts().length === 4);
  assert.deepEqual(posts(), [
    ENTRA,
    'POST https://my.azurecr.io/oauth2/exchange',
    ENTRA,
    'POST https://my.azurecr.io/oauth2/exchange',
  ]);
  assert.deepEqual(state.faults, []);
});

test('an assertion in the environment, an authority of its own, a sovereign cloud', async () => {
  const application = { tenantId: TENANT, clientId: CLIENT, assertion: () => 'inline' };
  const variables = { ...APPLICATION, AZURE_FEDERATED_TOKEN: 'inline' };
  const china = await setup({ variables }, { application });
  assert.equal(await token(china.keychain, 'my.azurecr.cn/app'), 'my.azurecr.cn');
  assert.equal(china.posts()[0], `POST https://login.chinacloudapi.cn/${TENANT}/oauth2/v2.0/token`);
  const named = await setup(
    { variables: { ...variables, AZURE_AUTHORITY_HOST: 'https://login.example.test/' } },
    { application },
  );
  assert.equal(await token(named.keychain), 'my.azurecr.io');
  assert.equal(named.posts()[0], `POST https://login.example.test/${TENANT}/oauth2/v2.0/token`);
});

test('a registry that wants tokens of the resource manager gets one', async () => {
  const variables = { ...APPLICATION, AZURE_CLIENT_SECRET: SECRET };
  const application = { tenantId: TENANT, clientId: CLIENT, secret: SECRET };
  const { keychain, posts } = await setup(
    { variables },
    { application, audience: 'https://management.azure.com' },
  );
  assert.equal(await token(keychain), 'my.azurecr.io');
  const exchange = 'POST https://my.azurecr.io/oauth2/exchange';
  assert.deepEqual(posts(), [ENTRA, exchange, ENTRA, exchange]);
});

// One test for all: the SDK keeps the way to the machine, and tokens, in the memory of the process.
test('managed identity: the machine is asked once for all registries, with little patience; one that is not up at first is asked again', async () => {
  const machine = 'aaaaaaaa-0000-0000-0000-000000000001';
  const dead = ['169.254.169.254'];
  const { keychain, posts, timeouts, state } = await setup(
    { variables: { AZURE_CLIENT_ID: machine } },
    { machine },
    dead,
  );
  for (const image of ['mcr.microsoft.com/app', 'x.azurecr.io.evil.example/app', 'my.azurecr.io:8443/app']) {
    assert.deepEqual(await ask(keychain, image), [], image);
  }
  assert.deepEqual(posts(), []);
  const images = [IMAGE, 'other.azurecr.io/app', IMAGE];
  assert.deepEqual(await Promise.all(images.map(async (image) => await ask(keychain, image))), [[], [], []]);
  assert.deepEqual([posts(), timeouts], [[MACHINE], [1000]]);
  assert.deepEqual(state.faults, ['acr no_identity', 'acr no_identity']);
  dead.length = 0;
  assert.deepEqual(await ask(keychain, IMAGE), []);
  state.now += 60_000;
  assert.equal(await token(keychain), 'my.azurecr.io');
  assert.deepEqual(posts(), [MACHINE, MACHINE, 'POST https://my.azurecr.io/oauth2/exchange']);
});

const refusals: readonly (readonly [
  name: string,
  variables: Record<string, string>,
  options: AzureCloudOptions,
  fault: string,
  message: RegExp,
])[] = [
  [
    'a wrong client secret',
    { ...APPLICATION, AZURE_CLIENT_SECRET: 'wrong~hunter2' },
    { application: { tenantId: TENANT, clientId: CLIENT, secret: SECRET } },
    'acr refused',
    /^Azure: .*AADSTS7000215: Invalid client secret provided: …\./,
  ],
  [
    'a wrong assertion',
    { ...APPLICATION, AZURE_FEDERATED_TOKEN: 'wrong-hunter2' },
    { application: { tenantId: TENANT, clientId: CLIENT, assertion: () => 'right' } },
    'acr refused',
    /^Azure: .*AADSTS7000215/,
  ],
  [
    'a file without a token',
    { ...APPLICATION, AZURE_FEDERATED_TOKEN_FILE: TOKEN_FILE },
    { application: { tenantId: TENANT, clientId: CLIENT } },
    'acr invalid_configuration',
    /AZURE_FEDERATED_TOKEN_FILE names .*, in which there is no token/,
  ],
  [
    'a registry that refuses every token',
    { ...APPLICATION, AZURE_CLIENT_SECRET: SECRET },
    { application: { tenantId: TENANT, clientId: CLIENT, secret: SECRET }, audience: 'https://none.test' },
    'acr refused',
    /^my\.azurecr\.io: the exchange of the token was answered 401: authentication required, not with …$/,
  ],
];
for (const [name, variables, options, fault, message] of refusals) {
  test(`ACR: ${name} is told without secrets`, async () => {
    const { keychain, state } = await setup({ variables }, options);
    await assert.rejects(ask(keychain, IMAGE), { name: 'CloudFault', message });
    assert.deepEqual(state.faults, [fault]);
    assert.doesNotMatch(state.messages.join(), /hunter2|eyJ/);
  });
}

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AwsKeyPair, type CloudDouble, type CloudReply, startAwsCloud } from '../testing/index.ts';
import { detour, until } from './test-cloud-detour.ts';
import { cloudKeychain } from './test-cloud-keychain.ts';
import type { FakeEnvironment } from '../http/fake-environment.ts';
import { ask } from './keychain-cases.ts';

const KEYS: AwsKeyPair = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'wJalr/SECRET' };
const SESSION: AwsKeyPair = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'k2/SECRET',
  sessionToken: 'session+1',
};
const TASK: AwsKeyPair = { accessKeyId: 'ASIATASK', secretAccessKey: 'k3/SECRET', sessionToken: 'session+2' };
const ENV_KEYS = { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey };
const ROLE = 'arn:aws:iam::123456789012:role/reader';
const TOKEN_FILE = '/var/run/token';
const WEB_IDENTITY = { AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE, AWS_ROLE_ARN: ROLE };
const ASSERTION = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln';
const NO_MACHINE = { AWS_EC2_METADATA_DISABLED: 'true' };
const IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app';

let trouble: CloudReply | undefined;
let cloud: CloudDouble;
before(async () => {
  cloud = await startAwsCloud({
    keys: [KEYS, SESSION, TASK],
    role: { arn: ROLE, webIdentityToken: ASSERTION, keys: SESSION },
    container: { authorization: 'pod-token', keys: TASK },
    trouble: () => trouble,
  });
});
after(async () => await cloud.stop());

function setup(environment: FakeEnvironment) {
  const { transport, asked } = detour(cloud.url);
  const { keychain, state } = cloudKeychain(environment, transport);
  return { state, keychain, asked };
}

function aws(account: string, region: string) {
  return [{ kind: 'basic', username: 'AWS', password: `password of ${account} in ${region}` }];
}

test('ECR: one token for an account and a region, by signed requests to the API that the host names', async () => {
  // The region of the environment is that of STS, not that of the registry.
  const { keychain, asked, state } = setup({ variables: { ...ENV_KEYS, AWS_REGION: 'us-east-2' } });
  const both = await Promise.all([ask(keychain, IMAGE), ask(keychain, `${IMAGE}/other:1`)]);
  assert.deepEqual(both, [aws('123456789012', 'eu-west-1'), aws('123456789012', 'eu-west-1')]);
  assert.deepEqual(
    await ask(keychain, '210987654321.dkr.ecr.eu-west-1.amazonaws.com/x'),
    aws('210987654321', 'eu-west-1'),
  );
  assert.deepEqual(
    await ask(keychain, '123456789012.dkr-ecr.us-west-2.on.aws/x'),
    aws('123456789012', 'us-west-2'),
  );
  assert.deepEqual(
    await ask(keychain, '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/x'),
    aws('123456789012', 'cn-north-1'),
  );
  assert.deepEqual(
    await ask(keychain, '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/x'),
    aws('123456789012', 'us-east-1'),
  );
  assert.deepEqual(asked, [
    'POST https://api.ecr.eu-west-1.amazonaws.com/',
    'POST https://api.ecr.eu-west-1.amazonaws.com/',
    'POST https://api.ecr.us-west-2.amazonaws.com/',
    'POST https://api.ecr.cn-north-1.amazonaws.com.cn/',
    'POST https://api.ecr-fips.us-east-1.amazonaws.com/',
  ]);
  assert.deepEqual(
    state.tokens,
    Array.from({ length: 5 }, () => 'ecr 12 h'),
  );
  assert.deepEqual(state.faults, []);
});

test('ECR: renewed at half its life; the old token serves while that fails', async () => {
  const { keychain, asked, state } = setup({ variables: ENV_KEYS });
  await ask(keychain, IMAGE);
  state.now += 6 * 3_600_000 + 60_000;
  trouble = { status: 400, body: '{"__type":"AccessDeniedException","message":"no more"}' };
  try {
    assert.deepEqual(await ask(keychain, IMAGE), aws('123456789012', 'eu-west-1'));
    await until(() => state.faults.length > 0);
    assert.deepEqual(await ask(keychain, IMAGE), aws('123456789012', 'eu-west-1'));
    assert.deepEqual([asked.length, state.faults], [2, ['ecr refused']]);
    state.now += 6 * 3_600_000;
    await assert.rejects(ask(keychain, IMAGE), { message: 'api.ecr.eu-west-1.amazonaws.com: no more' });
  } finally {
    trouble = undefined;
  }
});

test('the public gallery: one region, with a token of its own; anybody without an identity', async () => {
  const { keychain, asked } = setup({ variables: ENV_KEYS });
  assert.deepEqual(await ask(keychain, 'public.ecr.aws/nginx/nginx'), aws('public', 'us-east-1'));
  assert.deepEqual(asked, ['POST https://api.ecr-public.us-east-1.amazonaws.com/']);
  const nobody = setup({ variables: NO_MACHINE });
  assert.deepEqual(await ask(nobody.keychain, 'public.ecr.aws/nginx/nginx'), []);
  assert.deepEqual(await ask(nobody.keychain, 'ecr-public.aws.com/nginx/nginx'), []);
  assert.deepEqual([nobody.asked, nobody.state.faults], [[], ['ecr-public no_identity']]);
});

test('web identity: the file is read anew, STS asked in its region, the keys are those of the session', async () => {
  const files: Record<string, string> = { [TOKEN_FILE]: `${ASSERTION}\n` };
  const { keychain, asked, state } = setup({
    variables: { ...WEB_IDENTITY, AWS_REGION: 'eu-central-1' },
    files,
  });
  assert.deepEqual(await ask(keychain, IMAGE), aws('123456789012', 'eu-west-1'));
  assert.deepEqual(
    await ask(keychain, '123456789012.dkr.ecr.us-east-1.amazonaws.com/x'),
    aws('123456789012', 'us-east-1'),
  );
  assert.deepEqual(asked, [
    'POST https://sts.eu-central-1.amazonaws.com/',
    'POST https://api.ecr.eu-west-1.amazonaws.com/',
    'POST https://api.ecr.us-east-1.amazonaws.com/',
  ]);
  files[TOKEN_FILE] = 'eyJ.old.x';
  state.now += 7 * 3_600_000;
  await ask(keychain, IMAGE);
  await until(() => state.faults.length > 0);
  assert.deepEqual(state.faults, ['ecr refused']);
  assert.deepEqual(state.messages, [`AWS: role ${ROLE}: No OpenIDConnect provider found for …`]);
});

test('web identity without a region: the registry says it, and one that is none spoils no other', async () => {
  const { keychain, asked } = setup({ variables: WEB_IDENTITY, files: { [TOKEN_FILE]: ASSERTION } });
  assert.deepEqual(await ask(keychain, IMAGE), aws('123456789012', 'eu-west-1'));
  assert.equal(asked[0], 'POST https://sts.eu-west-1.amazonaws.com/');
});

test('web identity: a token that is not there', async () => {
  const { keychain, state } = setup({ variables: WEB_IDENTITY });
  const message = `AWS_WEB_IDENTITY_TOKEN_FILE names ${TOKEN_FILE}, in which there is no token`;
  await assert.rejects(ask(keychain, IMAGE), { name: 'CloudFault', message });
  assert.deepEqual(state.faults, ['ecr invalid_configuration']);
});

test('container credentials, with the token of the environment', async () => {
  const variables = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${cloud.url}/v1/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'pod-token',
  };
  const { keychain } = setup({ variables });
  assert.deepEqual(await ask(keychain, IMAGE), aws('123456789012', 'eu-west-1'));
  const wrong = setup({ variables: { ...variables, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'wrong-secret' } });
  await assert.rejects(ask(wrong.keychain, IMAGE), { reason: 'unavailable' });
  const elsewhere = {
    ...variables,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://evil.example/v1/credentials',
  };
  await assert.rejects(ask(setup({ variables: elsewhere }).keychain, IMAGE), /URL not accepted/);
  assert.doesNotMatch(wrong.state.messages.join(), /wrong-secret/);
});

const refusals: readonly (readonly [name: string, environment: FakeEnvironment, message: RegExp])[] = [
  [
    'a wrong key',
    { variables: { ...ENV_KEYS, AWS_SECRET_ACCESS_KEY: 'other-secret' } },
    /^api\.ecr\.eu-west-1\.amazonaws\.com: The request signature we calculated does not match/,
  ],
  [
    'an unknown key',
    { variables: { ...ENV_KEYS, AWS_ACCESS_KEY_ID: 'AKIAOTHER' } },
    /: The security token included in the request is invalid\.$/,
  ],
  [
    'a session without its token',
    { variables: { AWS_ACCESS_KEY_ID: SESSION.accessKeyId, AWS_SECRET_ACCESS_KEY: SESSION.secretAccessKey } },
    /: The security token included in the request is invalid\.$/,
  ],
];
for (const [name, environment, message] of refusals) {
  test(`ECR refuses ${name}, and the error holds no secret`, async () => {
    const { keychain, state } = setup(environment);
    await assert.rejects(ask(keychain, IMAGE), (error: unknown) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, message);
      assert.equal(error.cause, undefined);
      for (const secret of ['SECRET', 'other-secret', 'session+']) assert.ok(!error.message.includes(secret));
      return true;
    });
    assert.deepEqual(state.faults, ['ecr refused']);
  });
}

test('ECR: words that say throttled are told from a refusal', async () => {
  const { keychain, state } = setup({ variables: ENV_KEYS });
  trouble = { status: 400, body: '{"__type":"ThrottlingException","message":"Rate exceeded"}' };
  try {
    await assert.rejects(ask(keychain, IMAGE), /Rate exceeded/);
  } finally {
    trouble = undefined;
  }
  assert.deepEqual(state.faults, ['ecr throttled']);
});

test('off the cloud: no identity is looked for once for all images, then again after a minute', async () => {
  const { keychain, asked, state } = setup({ variables: NO_MACHINE });
  assert.deepEqual(await Promise.all([ask(keychain, IMAGE), ask(keychain, IMAGE)]), [[], []]);
  assert.deepEqual(await ask(keychain, IMAGE), []);
  assert.deepEqual([asked, state.faults], [[], ['ecr no_identity']]);
  state.now += 60_000;
  assert.deepEqual(await ask(keychain, IMAGE), []);
  assert.deepEqual(state.faults, ['ecr no_identity', 'ecr no_identity']);
});

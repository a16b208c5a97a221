import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { QuickClock } from '../../test/support/client.ts';
import { fakeEnvironment, type FakeEnvironment } from '../http/fake-environment.ts';
import { CloudFault } from './cloud-fault.ts';
import type { CloudAnswer, CloudRequest } from './cloud-http.ts';
import { CredentialError } from './errors.ts';
import { type GoogleTokens, googleTokens } from './google-tokens.ts';

const KEY = '/etc/key.json';
const LOGIN = '/home/me/.config/gcloud/application_default_credentials.json';
const OAUTH = 'POST https://oauth2.googleapis.com/token';
const METADATA =
  'GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token';
const IMPERSONATE =
  'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken';
const NEVER = new AbortController().signal;
const HOUR = 3_600_000;

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const user = {
  type: 'authorized_user',
  client_id: 'client',
  client_secret: 'c-secret',
  refresh_token: '1//refresh',
};
const account = { type: 'service_account', client_email: 'reader@p.iam', private_key: privateKey };
const impersonated = {
  type: 'impersonated_service_account',
  service_account_impersonation_url: IMPERSONATE,
  delegates: ['d'],
  source_credentials: user,
};

type Answer = Omit<CloudAnswer, 'body'> & { readonly body: string };

function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

const GOOGLE = { 'metadata-flavor': 'Google' };

/** The token services of Google: each token has a number, and `spoil` answers in their place. */
function setup(
  given: FakeEnvironment = {},
  spoil: (request: CloudRequest, index: number) => Answer | CloudFault | undefined = () => undefined,
) {
  const clock = new QuickClock(Date.now());
  const asked: string[] = [];
  const requests: CloudRequest[] = [];
  const tokens = googleTokens({
    environment: fakeEnvironment(given),
    clock,
    random: () => 1,
    transport: async (request) => {
      const index = asked.length;
      requests.push(request);
      asked.push(`${request.method} ${request.url.origin}${request.url.pathname}`);
      const answer =
        spoil(request, index) ??
        (request.url.href === IMPERSONATE
          ? json({
              accessToken: `robot${index}`,
              expireTime: new Date(clock.now() + HOUR).toISOString(),
            })
          : json({ access_token: `ya29.${index}`, expires_in: 3600, token_type: 'Bearer' }, 200, GOOGLE));
      if (answer instanceof CloudFault) throw answer;
      return { ...answer, body: Buffer.from(answer.body) };
    },
  });
  return { tokens, asked, requests, clock };
}

function nobody({ url }: CloudRequest): CloudFault | undefined {
  if (url.protocol === 'https:') return undefined;
  return new CloudFault(`${url.host}: ENOTFOUND`, { reason: 'unavailable' });
}

async function bearer(tokens: GoogleTokens): Promise<unknown> {
  return await tokens.token(NEVER);
}

interface Case {
  readonly name: string;
  readonly environment: FakeEnvironment;
  readonly asked: readonly string[];
  readonly bearer: object;
}

const named = { GOOGLE_APPLICATION_CREDENTIALS: KEY };
const cases: readonly Case[] = [
  {
    name: 'the file that the variable names is before all others',
    environment: {
      variables: named,
      files: { [KEY]: JSON.stringify(account), [LOGIN]: JSON.stringify(user) },
    },
    asked: [OAUTH],
    bearer: { token: 'ya29.0' },
  },
  {
    name: "gcloud's file is before the machine",
    environment: { files: { [LOGIN]: JSON.stringify({ ...user, quota_project_id: 'payer' }) } },
    asked: [OAUTH],
    bearer: { token: 'ya29.0', quotaProject: 'payer' },
  },
  {
    name: "gcloud's file is where its folder was moved to",
    environment: {
      variables: { CLOUDSDK_CONFIG: '/cfg' },
      files: { '/cfg/application_default_credentials.json': JSON.stringify(user) },
    },
    asked: [OAUTH],
    bearer: { token: 'ya29.0' },
  },
  {
    name: "gcloud's file on Windows",
    environment: {
      platform: 'win32',
      variables: { APPDATA: '/data' },
      files: { '/data/gcloud/application_default_credentials.json': JSON.stringify(user) },
    },
    asked: [OAUTH],
    bearer: { token: 'ya29.0' },
  },
  { name: 'the machine is last', environment: {}, asked: [METADATA], bearer: { token: 'ya29.0' } },
  {
    name: 'a variable says who is charged, before the file',
    environment: {
      variables: { GOOGLE_CLOUD_QUOTA_PROJECT: 'other' },
      files: { [LOGIN]: JSON.stringify({ ...user, quota_project_id: 'payer' }) },
    },
    asked: [OAUTH],
    bearer: { token: 'ya29.0', quotaProject: 'other' },
  },
  {
    name: 'a user becomes a service account',
    environment: { files: { [LOGIN]: JSON.stringify(impersonated) } },
    asked: [OAUTH, `POST ${IMPERSONATE}`],
    bearer: { token: 'robot1' },
  },
];
for (const { name, environment, asked: wanted, bearer: expected } of cases) {
  test(name, async () => {
    const { tokens, asked } = setup(environment);
    assert.deepEqual(asked, []);
    assert.deepEqual(await bearer(tokens), expected);
    assert.deepEqual(asked, wanted);
  });
}

test('who becomes a service account says for what, and with whose token', async () => {
  const { tokens, requests } = setup({ files: { [LOGIN]: JSON.stringify(impersonated) } });
  await bearer(tokens);
  assert.equal(requests[1]?.headers['authorization'], 'Bearer ya29.0');
  assert.deepEqual(JSON.parse(String(requests[1]?.body)), {
    delegates: ['d'],
    scope: ['https://www.googleapis.com/auth/cloud-platform'],
    lifetime: '3600s',
  });
});

describe('a token', () => {
  test('is bought once for all who wait, kept, and renewed before its end', async () => {
    const { tokens, asked, clock } = setup();
    assert.deepEqual(await Promise.all([bearer(tokens), bearer(tokens)]), [
      { token: 'ya29.0' },
      { token: 'ya29.0' },
    ]);
    clock.advance(55 * 60_000);
    assert.deepEqual(await bearer(tokens), { token: 'ya29.0' });
    assert.equal(asked.length, 1);
    clock.advance(4 * 60_000 + 30_000);
    assert.deepEqual(await bearer(tokens), { token: 'ya29.1' });
  });

  test('that was refused is replaced, by one for all who held it', async () => {
    const { tokens, asked } = setup();
    await bearer(tokens);
    tokens.refused('ya29.0');
    const next = bearer(tokens);
    tokens.refused('ya29.0');
    assert.deepEqual(await next, { token: 'ya29.1' });
    tokens.refused('ya29.0');
    assert.deepEqual(await bearer(tokens), { token: 'ya29.1' });
    assert.equal(asked.length, 2);
  });

  test('is tried for three times where the service is not well', async () => {
    const { tokens, asked, clock } = setup({}, (_request, index) =>
      index < 2 ? json({}, 503, GOOGLE) : undefined,
    );
    assert.deepEqual(await bearer(tokens), { token: 'ya29.2' });
    assert.deepEqual([asked.length, clock.sleeps], [3, [1000, 2000]]);
  });
});

interface Failure {
  readonly name: string;
  readonly environment: FakeEnvironment;
  readonly spoil?: Parameters<typeof setup>[1];
  readonly tries: number;
  readonly message: string | RegExp;
}

const failures: readonly Failure[] = [
  {
    name: 'nothing anywhere',
    environment: {},
    spoil: nobody,
    tries: 3,
    message: `Google: no Application Default Credentials: GOOGLE_APPLICATION_CREDENTIALS is not set, ${LOGIN} does not exist, and the machine has none (metadata.google.internal: ENOTFOUND); "gcloud auth application-default login" makes the file`,
  },
  {
    name: 'a Windows without a folder for the file',
    environment: { platform: 'win32' },
    spoil: nobody,
    tries: 3,
    message: /is not set, there is no folder for the file of gcloud, and the machine has none/,
  },
  {
    name: 'a named file that is not there',
    environment: { variables: named, files: { [LOGIN]: JSON.stringify(user) } },
    tries: 0,
    message: `Google: GOOGLE_APPLICATION_CREDENTIALS: ${KEY} does not exist`,
  },
  {
    name: 'a login that has ended',
    environment: { files: { [LOGIN]: JSON.stringify(user) } },
    spoil: () =>
      json(
        { error: 'invalid_grant', error_description: 'Token 1//refresh has been expired or revoked.' },
        400,
      ),
    tries: 1,
    message: new RegExp(
      `^Google: gcloud's file ${LOGIN}: .*; "gcloud auth application-default login" makes it anew$`,
    ),
  },
  {
    name: 'a file of gcloud that is none',
    environment: { files: { [LOGIN]: '{"refresh_token": "1//refresh"' } },
    tries: 0,
    message: `Google: gcloud's file: ${LOGIN} is no JSON object; "gcloud auth application-default login" makes it anew`,
  },
  {
    name: 'an account that may not be acted as',
    environment: { variables: named, files: { [KEY]: JSON.stringify(impersonated) } },
    spoil: ({ url }) =>
      url.href === IMPERSONATE ? json({ error: { message: 'Permission denied' } }, 403) : undefined,
    tries: 2,
    message: `Google: GOOGLE_APPLICATION_CREDENTIALS ${KEY}: iamcredentials.googleapis.com: 403 Permission denied`,
  },
  {
    name: 'an address for acting as another that is not of Google',
    environment: {
      variables: named,
      files: {
        [KEY]: JSON.stringify({
          ...impersonated,
          service_account_impersonation_url: IMPERSONATE.replace('.com/', '.com.example/'),
        }),
      },
    },
    tries: 0,
    message: `Google: GOOGLE_APPLICATION_CREDENTIALS ${KEY}: its service_account_impersonation_url is none of Google`,
  },
  {
    name: 'a key of no known type',
    environment: { variables: named, files: { [KEY]: '{"type":"gdch_service_account"}' } },
    tries: 0,
    message: `Google: GOOGLE_APPLICATION_CREDENTIALS ${KEY}: its type is none of service_account, authorized_user, external_account, impersonated_service_account`,
  },
];
for (const { name, environment, spoil, tries, message } of failures) {
  test(`${name}: no token, and no secret in the message`, async () => {
    const { tokens, asked } = setup(environment, spoil);
    const failure: unknown = await bearer(tokens).catch((error: unknown) => error);
    assert.ok(failure instanceof CredentialError);
    if (typeof message === 'string') assert.equal(failure.message, message);
    else assert.match(failure.message, message);
    assert.doesNotMatch(failure.message, /c-secret|1\/\/|BEGIN/);
    assert.equal(asked.length, tries);
  });
}

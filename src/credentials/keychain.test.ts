import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Credential, Keychain } from '../registry/index.ts';
import { CredentialError } from './errors.ts';
import { fakeEnvironment } from '../http/fake-environment.ts';
import type { ProcessRequest, ProcessRunner } from '../process/index.ts';
import { createKeychain, type KeychainOptions } from './keychain.ts';
import { ALICE, ask, testKeychain } from './keychain-cases.ts';

const DOCKER = '/home/me/.docker/config.json';
const RUNTIME = '/run/containers/1000/auth.json';
const CONFIG_HOME = '/home/me/.config/containers/auth.json';
const LEGACY = '/home/me/.dockercfg';

interface Setup extends Partial<Omit<KeychainOptions, 'environment'>> {
  readonly files?: Readonly<Record<string, string | Error>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly platform?: NodeJS.Platform;
}

function keychain({ files = {}, variables = {}, platform = 'linux', ...options }: Setup): Keychain {
  return createKeychain({
    environment: fakeEnvironment({ files, variables, platform }),
    clock: { now: () => 0 },
    warn: (message) => assert.fail(`unexpected warning: ${message}`),
    runHelper: async ({ program }) => assert.fail(`unexpected helper: ${program}`),
    ...options,
  });
}

function basic(username: string): Credential {
  return { kind: 'basic', username, password: 'pw' };
}

function auths(entries: Readonly<Record<string, string>>): string {
  const encoded = Object.entries(entries).map(([key, user]) => [key, { auth: btoa(`${user}:pw`) }]);
  return JSON.stringify({ auths: Object.fromEntries(encoded) });
}

function entry(credential: Credential): object {
  if (credential.kind === 'anonymous') return {};
  if (credential.kind === 'registry-token') return { registrytoken: credential.token };
  if (credential.kind === 'identity-token')
    return { auth: btoa('ignored:'), identitytoken: credential.token };
  return { auth: Buffer.from(`${credential.username}:${credential.password}`).toString('base64') };
}

/** A helper that keeps one credential, strictly by its key. */
function helperWith(server: string, credential: Credential): ProcessRunner {
  return async ({ input }) => {
    if (input !== server) {
      return { exitCode: 1, stdout: 'credentials not found in native keychain\n', stderr: '' };
    }
    const answer =
      credential.kind === 'basic'
        ? { ServerURL: server, Username: credential.username, Secret: credential.password }
        : { ServerURL: server, Username: '<token>', Secret: 'token' in credential ? credential.token : '' };
    return { exitCode: 0, stdout: JSON.stringify(answer), stderr: '' };
  };
}

for (const [name, path] of Object.entries({
  "docker's config.json": DOCKER,
  "podman's auth.json": RUNTIME,
  "podman's second auth.json": CONFIG_HOME,
})) {
  testKeychain({
    name,
    make: (host, credential) =>
      keychain({ files: { [path]: JSON.stringify({ auths: { [host]: entry(credential) } }) } }),
  });
}
testKeychain({
  name: '.dockercfg',
  make: (host, credential) =>
    keychain({ files: { [LEGACY]: JSON.stringify({ [`https://${host}/v1/`]: entry(credential) }) } }),
});
testKeychain({
  name: 'DOCKER_AUTH_CONFIG',
  make: (host, credential) =>
    keychain({ variables: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: entry(credential) } }) } }),
});
for (const [name, config] of Object.entries({
  credHelpers: (host: string) => ({ credHelpers: { [host]: 'fake' } }),
  credsStore: () => ({ credsStore: 'fake' }),
})) {
  testKeychain({
    name,
    make: (host, credential) =>
      keychain({
        files: { [DOCKER]: JSON.stringify(config(host)) },
        runHelper: helperWith(host, credential),
      }),
    without: { 'registry token': "the helpers' protocol has no place for one" },
  });
}
testKeychain({
  name: 'credential-helpers of registries.conf',
  make: (host, credential) =>
    keychain({ credentialHelpers: ['fake'], runHelper: helperWith(host, credential) }),
  without: { 'registry token': "the helpers' protocol has no place for one" },
});

const orders: readonly (Pick<Setup, 'files' | 'variables' | 'platform'> & {
  readonly name: string;
  readonly users: readonly string[];
})[] = [
  { name: 'nothing', users: [] },
  {
    name: "docker's file, then podman's first that has the host",
    files: {
      [DOCKER]: auths({ 'a.io': 'docker' }),
      [RUNTIME]: auths({ 'a.io': 'runtime' }),
      [CONFIG_HOME]: auths({ 'a.io': 'config' }),
      [LEGACY]: '{"a.io": {"auth": "bGVnYWN5OnB3"}}',
    },
    users: ['docker', 'runtime'],
  },
  {
    name: "podman's files are asked one after another",
    files: { [RUNTIME]: auths({ 'b.io': 'runtime' }), [CONFIG_HOME]: auths({ 'a.io': 'config' }) },
    users: ['config'],
  },
  {
    name: '.dockercfg is the last',
    files: { [DOCKER]: auths({ 'b.io': 'docker' }), [LEGACY]: '{"a.io": {"auth": "bGVnYWN5OnB3"}}' },
    users: ['legacy'],
  },
  {
    name: "DOCKER_AUTH_CONFIG stands in for docker's file",
    variables: { DOCKER_AUTH_CONFIG: auths({ 'a.io': 'inline' }) },
    files: { [DOCKER]: auths({ 'a.io': 'docker' }), [RUNTIME]: auths({ 'a.io': 'runtime' }) },
    users: ['inline', 'runtime'],
  },
  {
    name: "docker's file has what DOCKER_AUTH_CONFIG lacks",
    variables: { DOCKER_AUTH_CONFIG: auths({ 'b.io': 'inline' }) },
    files: { [DOCKER]: auths({ 'a.io': 'docker' }) },
    users: ['docker'],
  },
  {
    name: "DOCKER_CONFIG replaces docker's folder",
    variables: { DOCKER_CONFIG: '/ci/docker' },
    files: { [DOCKER]: auths({ 'a.io': 'home' }), '/ci/docker/config.json': auths({ 'a.io': 'ci' }) },
    users: ['ci'],
  },
  {
    name: "REGISTRY_AUTH_FILE replaces podman's files",
    variables: { REGISTRY_AUTH_FILE: '/ci/auth.json' },
    files: {
      '/ci/auth.json': auths({ 'a.io': 'ci' }),
      [DOCKER]: auths({ 'a.io': 'docker' }),
      [RUNTIME]: auths({ 'a.io': 'runtime' }),
      [LEGACY]: '{"a.io": {"auth": "bGVnYWN5OnB3"}}',
    },
    users: ['docker', 'ci'],
  },
  {
    name: 'XDG_RUNTIME_DIR and XDG_CONFIG_HOME move podman',
    variables: { XDG_RUNTIME_DIR: '/run/user/7', XDG_CONFIG_HOME: '/xdg' },
    files: {
      '/run/user/7/containers/auth.json': auths({ 'b.io': 'runtime' }),
      '/xdg/containers/auth.json': auths({ 'a.io': 'xdg' }),
      [RUNTIME]: auths({ 'a.io': 'run' }),
      [CONFIG_HOME]: auths({ 'a.io': 'home' }),
    },
    users: ['xdg'],
  },
  {
    name: 'empty variables are unset ones',
    variables: { DOCKER_AUTH_CONFIG: '', DOCKER_CONFIG: '', REGISTRY_AUTH_FILE: '', XDG_RUNTIME_DIR: '' },
    files: { [DOCKER]: auths({ 'a.io': 'docker' }), [RUNTIME]: auths({ 'a.io': 'runtime' }) },
    users: ['docker', 'runtime'],
  },
  {
    name: 'macOS has no runtime folder',
    platform: 'darwin',
    files: { [RUNTIME]: auths({ 'a.io': 'run' }), [CONFIG_HOME]: auths({ 'a.io': 'home' }) },
    users: ['home'],
  },
  {
    name: 'the same credential twice is one candidate',
    files: { [DOCKER]: auths({ 'a.io': 'me' }), [RUNTIME]: auths({ 'a.io': 'me' }) },
    users: ['me'],
  },
];

for (const { name, users, ...setup } of orders) {
  test(`order: ${name}`, async () => {
    assert.deepEqual(await ask(keychain(setup), 'a.io/x'), users.map(basic));
  });
}

test('a new login counts at once', async () => {
  const files: Record<string, string> = {};
  const source = keychain({ files });
  assert.deepEqual(await ask(source, 'a.io/x'), []);
  files[DOCKER] = auths({ 'a.io': 'me' });
  assert.deepEqual(await ask(source, 'a.io/x'), [basic('me')]);
});

test('a file that is broken later counts as it was, until it makes sense again', async () => {
  const files: Record<string, string | Error> = { [DOCKER]: auths({ 'a.io': 'old' }) };
  const warnings: string[] = [];
  const source = keychain({ files, warn: (text) => warnings.push(text) });
  assert.deepEqual(await ask(source, 'a.io/x'), [basic('old')]);
  files[DOCKER] = '{"auths": {"a.io": s3cret';
  assert.deepEqual(await ask(source, 'a.io/x'), [basic('old')]);
  assert.deepEqual(await ask(source, 'a.io/x'), [basic('old')]);
  files[DOCKER] = new Error('EIO');
  assert.deepEqual(await ask(source, 'a.io/x'), [basic('old')]);
  files[DOCKER] = auths({ 'a.io': 'new' });
  assert.deepEqual(await ask(source, 'a.io/x'), [basic('new')]);
  delete files[DOCKER];
  assert.deepEqual(await ask(source, 'a.io/x'), []);
  assert.deepEqual(warnings, [
    `${DOCKER}, line 1, column 20: not valid JSON; what it said before still counts`,
    `${DOCKER} cannot be read; what it said before still counts`,
  ]);
});

test('helpers get the key under which their program stores Docker Hub', async () => {
  const asked: ProcessRequest[] = [];
  const source = keychain({
    files: { [DOCKER]: '{"credsStore": "desktop"}', [RUNTIME]: '{"credHelpers": {"docker.io": "pass"}}' },
    variables: { PATH: '/bin' },
    runHelper: async (request) => {
      asked.push(request);
      return { exitCode: 1, stdout: 'credentials not found in native keychain', stderr: '' };
    },
  });
  assert.deepEqual(await ask(source, 'nginx'), []);
  const variables = { PATH: '/bin' };
  assert.deepEqual(asked, [
    { program: 'docker-credential-desktop', args: ['get'], input: 'https://index.docker.io/v1/', variables },
    { program: 'docker-credential-pass', args: ['get'], input: 'docker.io', variables },
  ]);
});

test("credential-helpers are asked in their order, podman's files at their place", async () => {
  const runHelper = helperWith('a.io', ALICE);
  const files = { [RUNTIME]: auths({ 'a.io': 'file' }) };
  const before = keychain({ files, runHelper, credentialHelpers: ['pass', 'containers-auth.json'] });
  assert.deepEqual(await ask(before, 'a.io/x'), [ALICE]);
  const after = keychain({ files, runHelper, credentialHelpers: ['containers-auth.json', 'pass'] });
  assert.deepEqual(await ask(after, 'a.io/x'), [basic('file')]);
});

test('a broken source is an error if no other answers, else a warning, once', async () => {
  const broken = { [DOCKER]: '{"auths": {"a.io": {"auth": "c2VjcmV0OnNlY3JldA=="}' };
  const message = `${DOCKER}, line 1, column 52: not valid JSON`;
  await assert.rejects(ask(keychain({ files: broken }), 'a.io/x'), new CredentialError(message));

  const warnings: string[] = [];
  const source = keychain({
    files: { ...broken, [RUNTIME]: auths({ 'a.io': 'podman' }) },
    warn: (text) => warnings.push(text),
  });
  assert.deepEqual(await ask(source, 'a.io/x'), [basic('podman')]);
  assert.deepEqual(await ask(source, 'a.io/y'), [basic('podman')]);
  assert.deepEqual(warnings, [message]);
});

test('a source that cannot be read is an error with its cause', async () => {
  const cause = new Error('EACCES: permission denied');
  await assert.rejects(ask(keychain({ files: { [CONFIG_HOME]: cause } }), 'a.io/x'), (error: unknown) => {
    assert.ok(error instanceof CredentialError);
    assert.equal(error.message, `${CONFIG_HOME} cannot be read`);
    assert.equal(error.cause, cause);
    return true;
  });
});

test('REGISTRY_AUTH_FILE may name a file that is not there yet, but not in silence', async () => {
  const warnings: string[] = [];
  const source = keychain({
    variables: { REGISTRY_AUTH_FILE: '/ci/auth.json' },
    warn: (text) => warnings.push(text),
  });
  assert.deepEqual(await ask(source, 'a.io/x'), []);
  assert.deepEqual(await ask(source, 'a.io/x'), []);
  assert.deepEqual(warnings, ['REGISTRY_AUTH_FILE names /ci/auth.json, which does not exist']);
});

test('clouds are asked when they are wanted, after the files, and are heard of when they fail', async () => {
  const variables = { GOOGLE_APPLICATION_CREDENTIALS: '/etc/key.json' };
  const files = { [DOCKER]: auths({ 'eu.gcr.io': 'me' }), '/etc/key.json': 'broken' };
  assert.deepEqual(await ask(keychain({ files, variables }), 'gcr.io/a/b'), []);

  const warnings: string[] = [];
  const faults: string[] = [];
  const source = keychain({
    files,
    variables,
    clouds: true,
    cloudObserver: { onFault: ({ source: cloud, reason }) => faults.push(`${cloud} ${reason}`) },
    warn: (text) => warnings.push(text),
  });
  assert.deepEqual(await ask(source, 'a.io/x'), []);
  assert.deepEqual(faults, []);
  const [own, cloud] = await ask(source, 'eu.gcr.io/a/b');
  assert.deepEqual([own, cloud?.kind], [basic('me'), 'withheld']);
  assert.deepEqual(faults, ['google invalid_configuration']);
  assert.deepEqual(warnings, ['Google: GOOGLE_APPLICATION_CREDENTIALS: /etc/key.json is no JSON object']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Keychain } from '../registry/index.ts';
import { configKeychain } from './config-keychain.ts';
import { CredentialError } from './errors.ts';
import type { ProcessRunner } from '../process/index.ts';
import { CredentialHelpers } from './helper.ts';
import { ask } from './keychain-cases.ts';

const NOT_FOUND = { exitCode: 1, stdout: 'credentials not found in native keychain', stderr: '' };

function keychain(config: unknown, run: ProcessRunner = async () => NOT_FOUND): Keychain {
  const helpers = new CredentialHelpers({ run, variables: {}, clock: { now: () => 0 } });
  const text = JSON.stringify(config);
  return configKeychain(
    { name: '/c.json', dialect: 'docker', format: 'config', read: async () => text },
    helpers,
    { warn: (message) => assert.fail(`unexpected warning: ${message}`) },
  );
}

/** Entries whose user is the key itself. */
function entries(...keys: readonly string[]): { readonly auths: object } {
  return { auths: Object.fromEntries(keys.map((key) => [key, { username: key, password: 'pw' }])) };
}

const cases: readonly [name: string, keys: readonly string[], image: string, users: readonly string[]][] = [
  [
    'the repository before its namespaces before the host',
    ['a.io', 'a.io/n', 'a.io/n/r'],
    'a.io/n/r',
    ['a.io/n/r'],
  ],
  ['the namespace', ['a.io', 'a.io/n', 'a.io/n/r'], 'a.io/n/other', ['a.io/n']],
  ['the host', ['a.io', 'a.io/n'], 'a.io/m/r', ['a.io']],
  ['a namespace is whole components', ['a.io/n'], 'a.io/nn/r', []],
  ['a namespace is not its parent', ['a.io/n/r'], 'a.io/n', []],
  ['a URL is its host', ['https://a.io/some/path'], 'a.io/n/r', ['https://a.io/some/path']],
  [
    'all spellings of one place, the plain one first',
    ['https://a.io/v2/', 'a.io'],
    'a.io/x',
    ['a.io', 'https://a.io/v2/'],
  ],
  ['hosts are compared without case', ['A.io'], 'a.IO/x', ['A.io']],
  [
    "Docker Hub's names, docker's first",
    ['docker.io', 'registry-1.docker.io', 'https://index.docker.io/v1/', 'index.docker.io'],
    'nginx',
    ['https://index.docker.io/v1/', 'docker.io', 'registry-1.docker.io', 'index.docker.io'],
  ],
  ["Docker Hub's API host", ['docker.io'], 'registry-1.docker.io/library/nginx', ['docker.io']],
  ['a namespace on Docker Hub', ['docker.io/grafana', 'docker.io'], 'grafana/grafana', ['docker.io/grafana']],
  ["a host that only ends like Docker Hub's", ['docker.io'], 'evil-docker.io/library/nginx', []],
];

for (const [name, keys, image, users] of cases) {
  test(`entries: ${name}`, async () => {
    const found = await ask(keychain(entries(...keys)), image);
    assert.deepEqual(
      found.map((credential) => credential.kind === 'basic' && credential.username),
      users,
    );
  });
}

test('an empty entry gives way to a wider one', async () => {
  const config = { auths: { 'a.io/n': {}, 'a.io': { username: 'host', password: 'pw' } } };
  assert.deepEqual(await ask(keychain(config), 'a.io/n/r'), [
    { kind: 'basic', username: 'host', password: 'pw' },
  ]);
});

test('a broken entry is reported with its key, and only to those whom it was meant for', async () => {
  const config = { auths: { 'a.io': { auth: 'sec ret' }, 'b.io': { username: 'me', password: 'pw' } } };
  await assert.rejects(
    ask(keychain(config), 'a.io/x'),
    new CredentialError('/c.json: auths["a.io"].auth is not base64'),
  );
  assert.deepEqual(await ask(keychain(config), 'b.io/x'), [
    { kind: 'basic', username: 'me', password: 'pw' },
  ]);
});

const helperOrder: readonly [name: string, config: object, asked: readonly string[]][] = [
  [
    "the host's helper before the store",
    { credHelpers: { 'a.io': 'named' }, credsStore: 'store' },
    ['named'],
  ],
  ['the store for other hosts', { credHelpers: { 'b.io': 'named' }, credsStore: 'store' }, ['store']],
  ['a key as URL', { credHelpers: { 'https://a.io': 'named' } }, ['named']],
  ['a helper without a name is the file', { credHelpers: { 'a.io': '' }, credsStore: 'store' }, []],
  ['a look-alike host has no helper', { credHelpers: { 'evil.a.io': 'named', 'a.io.evil': 'named' } }, []],
];

for (const [name, config, asked] of helperOrder) {
  test(`helpers: ${name}, then the entries`, async () => {
    const programs: string[] = [];
    const source = keychain({ ...config, ...entries('a.io') }, async ({ program }) => {
      programs.push(program);
      return NOT_FOUND;
    });
    assert.deepEqual(await ask(source, 'a.io/x'), [{ kind: 'basic', username: 'a.io', password: 'pw' }]);
    assert.deepEqual(
      programs,
      asked.map((helper) => `docker-credential-${helper}`),
    );
  });
}

test('a failing helper is an error that names the file, although the file has an entry', async () => {
  const source = keychain({ credsStore: 'broken', ...entries('a.io') }, async () => ({
    exitCode: 2,
    stdout: '{"Username":"u","Secret":"s3cret"}',
    stderr: 'gpg: locked\n',
  }));
  await assert.rejects(
    ask(source, 'a.io/x'),
    new CredentialError(
      '/c.json: credential helper docker-credential-broken failed for a.io: exit code 2: gpg: locked',
    ),
  );
});

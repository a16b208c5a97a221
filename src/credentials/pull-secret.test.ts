import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialError } from './errors.ts';
import { parsePullSecret } from './pull-secret.ts';

function secret(auths: unknown): unknown {
  const text = Buffer.from(JSON.stringify({ auths })).toString('base64');
  return { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': text } };
}

const NAME = 'secret team/pull';

test('identity and registry tokens are taken, although the kubelet passes them over', () => {
  const entries = parsePullSecret(
    secret({
      'a.io': { auth: btoa('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh' },
      'b.io': { registrytoken: 'bearer' },
    }),
    NAME,
  );
  assert.deepEqual(
    entries.map(({ key, credential }) => [key.text, credential]),
    [
      ['a.io', { kind: 'identity-token', token: 'refresh' }],
      ['b.io', { kind: 'registry-token', token: 'bearer' }],
    ],
  );
});

test('a key that is no URL and an entry without a credential are passed over', () => {
  const me = { username: 'me', password: 'pw' };
  const entries = parsePullSecret(secret({ 'a b': me, 'a.io:x': me, 'a.io': {}, 'b.io': me }), NAME);
  assert.deepEqual(
    entries.map(({ key }) => key.text),
    ['b.io'],
  );
});

test('what is no Secret with credentials has none', () => {
  for (const other of [
    undefined,
    null,
    'text',
    [],
    {},
    { type: 'kubernetes.io/dockerconfigjson' },
    { type: 'kubernetes.io/dockerconfigjson', data: null },
    { type: 'kubernetes.io/tls', data: { '.dockerconfigjson': 'e30=' } },
    { type: 'toString', data: {} },
  ]) {
    assert.deepEqual(parsePullSecret(other, NAME), []);
  }
});

const faults: readonly [name: string, object: unknown, message: string][] = [
  [
    'data that is no text',
    { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': 7 } },
    `${NAME}: .dockercfg is not a string`,
  ],
  [
    'data that is no base64',
    { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': 's3cret' } },
    `${NAME}: .dockercfg is not base64`,
  ],
  [
    'no JSON',
    { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': btoa('{"a.io": s3cret}') } },
    `${NAME}: .dockercfg, line 1, column 10: not valid JSON`,
  ],
  [
    'one broken entry among good ones',
    secret({ 'a.io': { username: 'me', password: 'pw' }, 'b.io': { auth: btoa('s3cret') } }),
    `${NAME}: .dockerconfigjson: auths["b.io"].auth has no colon between user and password`,
  ],
  [
    'a broken entry of the old form',
    { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': btoa('{"a.io": {"auth": "s3cret!"}}') } },
    `${NAME}: .dockercfg: ["a.io"].auth is not base64`,
  ],
];

for (const [name, object, message] of faults) {
  test(`refused: ${name}`, () => {
    assert.throws(() => parsePullSecret(object, NAME), new CredentialError(message));
  });
}

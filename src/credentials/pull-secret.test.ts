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

const faults: [name: string, object: unknown, message: string][] = [
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

const ENTRY = { auth: btoa('s3cret') };
faults.push(
  [
    'a key with a password',
    secret({ 'https://me:s3cret@a.io/v1/': ENTRY }),
    `${NAME}: .dockerconfigjson: auths["https://…@a.io/v1/"].auth has no colon between user and password`,
  ],
  [
    'a key of several lines that does not end',
    secret({ [`a\n\u001b[31m${'b'.repeat(1000)}`]: ENTRY }),
    `${NAME}: .dockerconfigjson: auths["a [31m${'b'.repeat(94)}…"].auth has no colon between user and password`,
  ],
  [
    'a key that objects have by nature',
    {
      type: 'kubernetes.io/dockercfg',
      data: { '.dockercfg': btoa('{"__proto__": {"auth": "s3cret!"}}') },
    },
    `${NAME}: .dockercfg: ["__proto__"].auth is not base64`,
  ],
  [
    'more entries than anybody has',
    secret(Object.fromEntries(Array.from({ length: 251 }, (_, index) => [`a${index}.io`, ENTRY]))),
    `${NAME}: .dockerconfigjson has 251 entries, more than the 250 that are read`,
  ],
  [
    'JSON without a bottom',
    {
      type: 'kubernetes.io/dockercfg',
      data: { '.dockercfg': btoa(`{"a.io": ${'['.repeat(500_000)}`) },
    },
    `${NAME}: .dockercfg, line 1, column 500010: not valid JSON`,
  ],
);

for (const [name, object, message] of faults) {
  test(`refused: ${name}`, () => {
    assert.throws(() => parsePullSecret(object, NAME), new CredentialError(message));
  });
}

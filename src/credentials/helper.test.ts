import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Credential } from '../registry/index.ts';
import { CredentialError } from './errors.ts';
import type { ProcessResult, ProcessRunner } from '../process/index.ts';
import { CredentialHelpers } from './helper.ts';

function helpers(run: ProcessRunner, clock: { now(): number } = { now: () => 0 }): CredentialHelpers {
  return new CredentialHelpers({ run, variables: {}, clock });
}

function never(): AbortSignal {
  return new AbortController().signal;
}

const answers: readonly [name: string, result: Partial<ProcessResult>, credential: Credential | undefined][] =
  [
    [
      'user and secret',
      { stdout: '{"ServerURL":"a.io","Username":"me","Secret":"pw"}\n' },
      { kind: 'basic', username: 'me', password: 'pw' },
    ],
    [
      'identity token',
      { stdout: '{"Username":"<token>","Secret":"t"}' },
      { kind: 'identity-token', token: 't' },
    ],
    ['no secret', { stdout: '{"Username":"","Secret":""}' }, undefined],
    ['no fields', { stdout: '{}' }, undefined],
    ['not found', { exitCode: 1, stdout: 'credentials not found in native keychain\n' }, undefined],
  ];

for (const [name, result, credential] of answers) {
  test(`answer: ${name}`, async () => {
    const source = helpers(async () => ({ exitCode: 0, stdout: '', stderr: '', ...result }));
    assert.deepEqual(await source.get('x', 'a.io', never()), credential);
  });
}

const NO_CREDENTIAL =
  'credential helper docker-credential-x answered for a.io with something that is no credential';
const failures: readonly [name: string, result: Partial<ProcessResult>, message: string][] = [
  ['no JSON', { stdout: 's3cret' }, NO_CREDENTIAL],
  [
    'JSON of another shape',
    { stdout: '["s3cret"]'.replace('[', '{"Secret":[').replace(']', ']}') },
    NO_CREDENTIAL,
  ],
  ['null', { stdout: 'null' }, NO_CREDENTIAL],
  [
    'exit code, stdout kept to itself',
    { exitCode: 3, stdout: 's3cret' },
    'credential helper docker-credential-x failed for a.io: exit code 3',
  ],
  [
    'the last line of stderr, printable',
    { exitCode: 1, stderr: 'debug\nno \u001b[31mkey\u001b[0m\r\n' },
    'credential helper docker-credential-x failed for a.io: exit code 1: no  [31mkey [0m',
  ],
  ['killed', { exitCode: null }, 'credential helper docker-credential-x failed for a.io: it was killed'],
];

for (const [name, result, message] of failures) {
  test(`failure: ${name}`, async () => {
    const source = helpers(async () => ({ exitCode: 0, stdout: '', stderr: '', ...result }));
    await assert.rejects(source.get('x', 'a.io', never()), new CredentialError(message));
  });
}

test('a helper that is not installed', async () => {
  const source = helpers(async () => {
    throw Object.assign(new Error('spawn docker-credential-x ENOENT'), { code: 'ENOENT' });
  });
  await assert.rejects(
    source.get('x', 'a.io', never()),
    new CredentialError('credential helper docker-credential-x, needed for a.io, is not on PATH'),
  );
});

test('a helper that cannot be started', async () => {
  const cause = new Error('spawn docker-credential-x EACCES');
  const source = helpers(async () => {
    throw cause;
  });
  await assert.rejects(source.get('x', 'a.io', never()), (error: unknown) => {
    assert.ok(error instanceof CredentialError);
    assert.equal(error.message, 'credential helper docker-credential-x cannot be asked for a.io');
    assert.equal(error.cause, cause);
    return true;
  });
});

test("a helper's name is a plain one", async () => {
  const source = helpers(async () => assert.fail('it must not run'));
  for (const name of ['../x', 'a/b', 'a\\b', '/bin/sh', 'a b', 'a\0b', 'C:x']) {
    await assert.rejects(
      source.get(name, 'a.io', never()),
      new CredentialError(`"${name}" is not the name of a credential helper`),
    );
  }
});

test('one process for all who ask at the same time, and one an hour', async () => {
  let runs = 0;
  let now = 0;
  const run: ProcessRunner = async ({ program, input }) => {
    runs += 1;
    return { exitCode: 0, stdout: JSON.stringify({ Username: program, Secret: input }), stderr: '' };
  };
  const source = helpers(run, { now: () => now });
  const credential = { kind: 'basic', username: 'docker-credential-x', password: 'a.io' };
  const get = async () => await source.get('x', 'a.io', never());
  assert.deepEqual(await Promise.all([get(), get(), get()]), [credential, credential, credential]);
  now = 3_599_999;
  await get();
  assert.equal(runs, 1);
  now = 3_600_000;
  await get();
  assert.equal(runs, 2);
  await source.get('x', 'b.io', never());
  await source.get('y', 'a.io', never());
  assert.equal(runs, 4);
});

test('one who gives up hears why, and the helper goes on for the others', async () => {
  const answer = Promise.withResolvers<ProcessResult>();
  const source = helpers(async (_request, signal) => {
    signal.addEventListener('abort', () => answer.reject(new Error('killed')));
    return await answer.promise;
  });
  const controller = new AbortController();
  const reason = new Error('enough');
  const abandoned = source.get('x', 'a.io', controller.signal);
  const other = source.get('x', 'a.io', never());
  controller.abort(reason);
  await assert.rejects(abandoned, reason);
  answer.resolve({ exitCode: 0, stdout: '{"Username":"<token>","Secret":"t"}', stderr: '' });
  assert.deepEqual(await other, { kind: 'identity-token', token: 't' });
});

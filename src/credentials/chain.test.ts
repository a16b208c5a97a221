import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Credential, Keychain } from '../registry/index.ts';
import { chain, firstOf } from './chain.ts';
import { CredentialError } from './errors.ts';
import { ask, testKeychain } from './keychain-cases.ts';

const EMPTY: Keychain = { credentials: async () => [] };
const A: Credential = { kind: 'basic', username: 'a', password: 'pw' };
const B: Credential = { kind: 'identity-token', token: 'b' };
const C: Credential = { kind: 'registry-token', token: 'b' };

function having(...credentials: readonly Credential[]): Keychain {
  return { credentials: async () => credentials };
}

function failing(message: string): Keychain {
  return {
    credentials: async () => {
      throw new CredentialError(message);
    },
  };
}

function noWarning(message: string): void {
  assert.fail(`unexpected warning: ${message}`);
}

for (const [name, compose] of Object.entries({ chain, firstOf })) {
  testKeychain({
    name,
    make: (host, credential) => {
      const kept: Keychain = {
        credentials: async ({ registry }) => (registry === host ? [credential] : []),
      };
      return compose([EMPTY, kept], { warn: noWarning });
    },
  });

  test(`${name}: a failure is an error if nobody answers; further ones are warnings`, async () => {
    const warnings: string[] = [];
    const keychain = compose([failing('one'), EMPTY, failing('two')], {
      warn: (text) => warnings.push(text),
    });
    await assert.rejects(ask(keychain, 'a.io/x'), new CredentialError('one'));
    assert.deepEqual(warnings, ['two']);
  });

  test(`${name}: a failure is a warning if another answers`, async () => {
    const warnings: string[] = [];
    const keychain = compose([failing('one'), having(A)], { warn: (text) => warnings.push(text) });
    assert.deepEqual(await ask(keychain, 'a.io/x'), [A]);
    assert.deepEqual(warnings, ['one']);
  });

  test(`${name}: an aborted signal ends it`, async () => {
    const controller = new AbortController();
    const aborting: Keychain = {
      credentials: async (_repository, signal) => {
        controller.abort(new Error('enough'));
        signal.throwIfAborted();
        return [];
      },
    };
    const keychain = compose([aborting, having(A)], { warn: noWarning });
    await assert.rejects(ask(keychain, 'a.io/x', controller.signal), { message: 'enough' });
  });
}

test('chain: all candidates in order, each once', async () => {
  const keychain = chain([having(A, B), EMPTY, having(C, { ...A }), having({ ...B })], { warn: noWarning });
  assert.deepEqual(await ask(keychain, 'a.io/x'), [A, B, C]);
});

test('firstOf: later keychains are not asked', async () => {
  const keychain = firstOf([EMPTY, having(B, A), failing('must not be asked')], { warn: noWarning });
  assert.deepEqual(await ask(keychain, 'a.io/x'), [B, A]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Credential } from '../registry/index.ts';
import { decodeAuth, entryCredential } from './auth-entry.ts';
import { CredentialError } from './errors.ts';

const ALICE: Credential = { kind: 'basic', username: 'alice', password: 'pw' };

const entries: readonly [name: string, entry: unknown, credential: Credential | undefined][] = [
  ['auth', { auth: btoa('alice:pw') }, ALICE],
  ['auth without padding', { auth: 'YWxpY2U6cHc' }, ALICE],
  ['auth in several lines', { auth: 'YWxp\nY2U6\r\ncHc=\n' }, ALICE],
  ['auth with NULs at its end', { auth: btoa('alice:pw\0\0') }, ALICE],
  ['colons in the password', { auth: btoa('alice::p:w:') }, { ...ALICE, password: ':p:w:' }],
  ['empty password', { auth: btoa('alice:') }, { ...ALICE, password: '' }],
  ['user and password', { username: 'alice', password: 'pw' }, ALICE],
  ['auth before user and password', { auth: btoa('alice:pw'), username: 'bob', password: 'no' }, ALICE],
  ['identity token', { identitytoken: 't', auth: btoa('0:') }, { kind: 'identity-token', token: 't' }],
  ['registry token', { registrytoken: 'r', identitytoken: 't' }, { kind: 'registry-token', token: 'r' }],
  ['nothing', {}, undefined],
  ['only an address', { email: 'a@example.com' }, undefined],
  [
    'empty strings',
    { auth: '', identitytoken: '', registrytoken: '', username: '', password: '' },
    undefined,
  ],
  ['nulls', { auth: null, identitytoken: null }, undefined],
  ['a user alone', { username: 'alice' }, undefined],
];

for (const [name, entry, credential] of entries) {
  test(`entry: ${name}`, () => assert.deepEqual(entryCredential(entry, 'f: auths["h"]'), credential));
}

const faults: readonly [name: string, entry: unknown, message: string][] = [
  ['a string', 's3cret', 'f: auths["h"] is not an object'],
  ['a list', ['s3cret'], 'f: auths["h"] is not an object'],
  ['a number as token', { identitytoken: 7 }, 'f: auths["h"].identitytoken is not a string'],
  ['a token of two lines', { registrytoken: 'a\r\nb: c' }, 'f: auths["h"].registrytoken is no token'],
  ['no base64', { auth: 's3cret!' }, 'f: auths["h"].auth is not base64'],
  ['base64 that is cut', { auth: 'YWxpY' }, 'f: auths["h"].auth is not base64'],
  ['padding inside', { auth: 'YQ==YQ==' }, 'f: auths["h"].auth is not base64'],
  ['no colon', { auth: btoa('s3cret') }, 'f: auths["h"].auth has no colon between user and password'],
  ['no user', { auth: btoa(':s3cret') }, 'f: auths["h"].auth has no user before the colon'],
  ['no UTF-8', { auth: '/zr/' }, 'f: auths["h"].auth is not UTF-8 inside its base64'],
];

for (const [name, entry, message] of faults) {
  test(`refused: ${name}`, () => {
    assert.throws(() => entryCredential(entry, 'f: auths["h"]'), new CredentialError(message));
  });
}

test('property: what docker encodes is decoded, with and without padding', () => {
  const unit = fc.constantFrom(
    'a',
    'Z',
    '0',
    ' ',
    '+',
    '/',
    '=',
    '\n',
    '\0',
    '\u00e9',
    '\ufeff',
    '\u{1f600}',
  );
  const username = fc.string({ unit, minLength: 1 });
  const password = fc
    .string({ unit: fc.oneof(unit, fc.constant(':')) })
    .filter((text) => !text.endsWith('\0'));
  fc.assert(
    fc.property(username, password, fc.nat(3), (user, secret, nuls) => {
      const pair = `${user}:${secret}${'\0'.repeat(nuls)}`;
      const auth = Buffer.from(pair).toString('base64');
      const expected = { kind: 'basic', username: user, password: secret };
      assert.deepEqual(decodeAuth(auth, 'x'), expected);
      assert.deepEqual(decodeAuth(auth.replaceAll('=', ''), 'x'), expected);
    }),
  );
});

test('property: no text but base64 is taken, and no error repeats it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4 }), (text) => {
      try {
        decodeAuth(text, 'x');
      } catch (error) {
        assert.ok(error instanceof CredentialError);
        assert.match(error.message, /^x (?:is not base64|has no colon|has no user|is not UTF-8)/);
        assert.equal(error.cause, undefined);
        return;
      }
      assert.match(text, /^[A-Za-z0-9+/\r\n]+={0,2}$/);
    }),
  );
});

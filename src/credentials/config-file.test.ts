import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfigFile } from './config-file.ts';
import { CredentialError } from './errors.ts';

test('what it says of credentials is read, the rest is not', () => {
  const text = JSON.stringify({
    auths: { 'a.io': { auth: 'x' }, __proto__: {}, 'b.io': 'broken, but nobody asked' },
    credHelpers: { 'c.io': 'gcr', 'd.io': '' },
    credsStore: 'desktop',
    HttpHeaders: { 'X-Meta': 'x' },
  });
  assert.deepEqual(parseConfigFile(text, 'f', 'config'), {
    auths: new Map<string, unknown>([
      ['a.io', { auth: 'x' }],
      ['b.io', 'broken, but nobody asked'],
    ]),
    credHelpers: new Map([
      ['c.io', 'gcr'],
      ['d.io', ''],
    ]),
    credsStore: 'desktop',
  });
});

test('nothing said is nothing there', () => {
  const nothing = { auths: new Map(), credHelpers: new Map(), credsStore: undefined };
  for (const text of ['', ' \n', '{}', '{"auths": null, "credHelpers": null, "credsStore": ""}']) {
    assert.deepEqual(parseConfigFile(text, 'f', 'config'), nothing);
  }
  assert.deepEqual(parseConfigFile('{}', 'f', 'legacy'), nothing);
});

test('a legacy file is all entries', () => {
  const { auths } = parseConfigFile('{"https://a.io/v1/": {"auth": "x"}, "auths": {}}', 'f', 'legacy');
  assert.deepEqual(
    [...auths],
    [
      ['https://a.io/v1/', { auth: 'x' }],
      ['auths', {}],
    ],
  );
});

const faults: readonly [text: string, message: string][] = [
  ['{"auths": {"a.io": {"auth": s3cret}}}', 'f, line 1, column 29: not valid JSON'],
  ['{\n  "auths": {"a.io": "s3cret",}\n}', 'f, line 2, column 30: not valid JSON'],
  ['["s3cret"]', 'f is not a JSON object'],
  ['"s3cret"', 'f is not a JSON object'],
  ['{"auths": "s3cret"}', 'f: "auths" is not a JSON object'],
  ['{"auths": ["s3cret"]}', 'f: "auths" is not a JSON object'],
  ['{"credHelpers": "gcr"}', 'f: "credHelpers" is not a JSON object'],
  ['{"credHelpers": {"a.io": true}}', 'f: credHelpers["a.io"] is not a string'],
  ['{"credsStore": {}}', 'f: "credsStore" is not a string'],
];

for (const [text, message] of faults) {
  test(`refused: ${text}`, () => {
    assert.throws(
      () => parseConfigFile(text, 'f', 'config'),
      (error: unknown) => {
        assert.ok(error instanceof CredentialError);
        assert.equal(error.message, message);
        assert.equal(error.cause, undefined);
        return true;
      },
    );
  });
}

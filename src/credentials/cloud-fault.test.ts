import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeWords } from './cloud-fault.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln';

const cases: readonly (readonly [
  name: string,
  words: string,
  expected: string,
  secrets?: readonly string[],
])[] = [
  [
    'words stay',
    'Not authorized to perform: ecr:GetAuthorizationToken',
    'Not authorized to perform: ecr:GetAuthorizationToken',
  ],
  ['a JWT', `bad assertion ${JWT}.`, 'bad assertion …'],
  ['a key', 'no: -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n!', 'no: … !'],
  ['half a key', 'no: -----BEGIN PRIVATE KEY-----\nMIIE', 'no: …'],
  ['anything long', `token ${'aB3/'.repeat(20)} refused`, 'token … refused'],
  ['a known secret, short as it may be', 'secret hunter2 is wrong', 'secret … is wrong', ['hunter2', '']],
  ['a query', 'GET https://host.test/x?sig=abc failed', 'GET https://host.test/x failed'],
  ['lines', 'one\r\n\ttwo\u001b[0m', 'one two [0m'],
  ['too many words', 'no '.repeat(200), `${'no '.repeat(100)}…`],
];
for (const [name, words, expected, secrets] of cases) {
  test(`words of an SDK: ${name}`, () => assert.equal(safeWords(new Error(words), secrets), expected));
}

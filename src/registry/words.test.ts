import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from './words.ts';

const TABLE: readonly (readonly [string, string])[] = [
  ['plain', 'plain'],
  [' two\n\tlines\u001b[31m ', 'two lines [31m'],
  ['see "https://s3.example/b?X-Signature=secret" for more', 'see "https://s3.example/b?…" for more'],
  ['x'.repeat(300), 'x'.repeat(300)],
  ['x'.repeat(301), `${'x'.repeat(300)}…`],
];

test('printable: as long as is wanted', () => assert.equal(printable('words', 2), 'wo…'));

for (const [words, expected] of TABLE) {
  test(`printable: ${JSON.stringify(words.slice(0, 40))}`, () => assert.equal(printable(words), expected));
}

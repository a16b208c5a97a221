import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWarnings, Warnings } from './warnings.ts';

const TABLE: readonly (readonly [string | undefined, readonly string[]])[] = [
  [undefined, []],
  ['299 - "This registry moves on Monday"', ['This registry moves on Monday']],
  ['299 - "one", 299 - "two, with a comma"', ['one', 'two, with a comma']],
  ['299 - "with \\"quotes\\" and \\\\"', ['with "quotes" and \\']],
  ['110 cache.example "stale", 299 - "seen"', ['seen']],
  ['299 - ""', []],
  ['299 - "no\u001b[31m colours"', ['no [31m colours']],
  ['299 unquoted', []],
];

for (const [header, expected] of TABLE) {
  test(`Warning: ${JSON.stringify(header)}`, () => assert.deepEqual(parseWarnings(header), expected));
}

test('each text of each registry is said once', () => {
  const said: string[] = [];
  const warnings = new Warnings((text) => void said.push(text));
  for (const registry of ['a.example', 'b.example', 'a.example']) warnings.take(registry, '299 - "x"');
  assert.deepEqual(said, ['a.example warns: x', 'b.example warns: x']);
});

test('a registry that always says something else is not heard for ever, and others are', () => {
  const said: string[] = [];
  const warnings = new Warnings((text) => void said.push(text));
  for (let index = 0; index < 100; index++)
    warnings.take('a.example', `299 - "x${index}", 299 - "y${index}"`);
  assert.equal(said.length, 10);
  warnings.take('b.example', '299 - "x"');
  assert.equal(said.at(-1), 'b.example warns: x');
});

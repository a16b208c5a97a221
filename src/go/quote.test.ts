import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goQuote } from './quote.ts';

test('texts as %q prints them', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', '""'],
    ['a b', '"a b"'],
    ['"\\', String.raw`"\"\\"`],
    ['\n\t\x07\x01\x7f', String.raw`"\n\t\a\x01\x7f"`],
    ['é😀', '"é😀"'],
    ['\u2028\u00a0', String.raw`"\u2028\u00a0"`],
  ];
  for (const [text, expected] of cases) assert.equal(goQuote(text), expected);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonFault } from './json-fault.ts';

const faults: readonly [text: string, line: number, column: number][] = [
  ['', 1, 1],
  ['{', 1, 2],
  ['{x', 1, 2],
  ['{"a": tok}', 1, 7],
  ['{"a" 1}', 1, 6],
  ['{"a":1,}', 1, 8],
  ['{"a":1]', 1, 7],
  ['[1,]', 1, 4],
  ['[1 2]', 1, 4],
  ['[1\n,\n  02]', 3, 4],
  ['"a', 1, 1],
  ['"a\tb"', 1, 1],
  ['"\\x"', 1, 1],
  ['{"a":1} x', 1, 9],
  ['nul', 1, 1],
  ['\ufeff{}', 1, 1],
];

for (const [text, line, column] of faults) {
  test(`fault in ${JSON.stringify(text)}`, () => assert.deepEqual(jsonFault(text), { line, column }));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('property: JSON has no fault', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, indent) => {
      assert.equal(jsonFault(JSON.stringify(value, null, indent)), undefined);
    }),
  );
});

test('property: what JSON.parse refuses has a fault, what it takes has none', () => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"a"',
    '"\\u00e9"',
    '"\\u00"',
    '-1.5e3',
    '01',
    'true',
    'x',
    ' ',
    '\n',
    '\v',
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
      const text = tokens.join('');
      assert.equal(jsonFault(text) === undefined, isJson(text));
    }),
    { numRuns: 500 },
  );
});

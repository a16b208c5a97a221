import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { globMatches } from './glob.ts';

const cases: readonly [pattern: string, matching: readonly string[], others: readonly string[]][] = [
  ['', [''], ['a']],
  ['a', ['a'], ['', 'A', 'aa']],
  ['*', ['', 'a', '*', 'ab'], []],
  ['**', ['', 'a'], []],
  ['a*', ['a', 'ab'], ['', 'ba']],
  ['*a', ['a', 'ba'], ['', 'ab']],
  ['a*a', ['aa', 'aba'], ['a', 'ab']],
  ['a*b*c', ['abc', 'axbyc', 'abbc'], ['ac', 'acb', 'abcd']],
  ['*ab*', ['ab', 'aab', 'abb'], ['ba', 'a*b']],
  ['a?', ['a?'], ['ab']],
  ['[ab]', ['[ab]'], ['a']],
];

for (const [pattern, matching, others] of cases) {
  test(`glob "${pattern}"`, () => {
    for (const name of matching) assert.ok(globMatches(pattern, name), name);
    for (const name of others) assert.ok(!globMatches(pattern, name), name);
  });
}

test('property: a glob is the regular expression that has .* for each star', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
  fc.assert(
    fc.property(pattern, text, (glob, name) => {
      const expected = new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(name);
      assert.equal(globMatches(glob, name), expected);
    }),
    { numRuns: 1000 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { repeatedKey } from './repeated-key.ts';

const CASES: readonly (readonly [json: string, key: string | undefined])[] = [
  ['{}', undefined],
  ['{"a":1,"b":2}', undefined],
  ['{"a":1,"a":1}', 'a'],
  [String.raw`{"a":1,"\u0061":2}`, 'a'],
  ['{"a":{"b":1,"b":2},"b":3}', undefined],
  ['{"a":["b","b",{}],"b":"a"}', undefined],
  [String.raw`{"a":"\",\"a\":","b":"}","b":2}`, 'b'],
  ['[{"a":1},{"a":2}]', undefined],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
];

for (const [json, key] of CASES) test(json, () => assert.equal(repeatedKey(json), key));

test('what JSON.stringify prints has none; a key more that is there is found', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.json()), fc.boolean(), (object, isSpaced) => {
      const json = JSON.stringify(object, undefined, isSpaced ? 2 : undefined);
      assert.equal(repeatedKey(json), undefined);
      const [key] = Object.keys(object);
      if (key === undefined) return;
      assert.equal(repeatedKey(`${json.trimEnd().slice(0, -1)},${JSON.stringify(key)}:0}`), key);
    }),
  );
});

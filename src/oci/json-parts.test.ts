import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasMoreParts } from './json-parts.ts';

const TABLE: readonly (readonly [json: string, parts: number])[] = [
  ['', 0],
  ['7', 0],
  ['{}', 1],
  ['[]', 1],
  ['[1,2,[3]]', 4],
  ['{"a":{"b":1,"c":[]}}', 4],
  ['"[[[[,,,,{{{{"', 0],
  ['["\\"[,{",1]', 2],
  ['["\\\\",[]]', 3],
  ['{"é,":"\u{1f600}["}', 1],
];
for (const [json, parts] of TABLE) {
  test(`${json} has ${parts} parts`, () => {
    assert.equal(hasMoreParts(Buffer.from(json), parts), false);
    if (parts > 0) assert.equal(hasMoreParts(Buffer.from(json), parts - 1), true);
  });
}

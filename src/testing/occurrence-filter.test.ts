import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOccurrenceFilter } from './occurrence-filter.ts';

const FIELDS = { kind: 'BUILD', resourceUrl: 'https://x@sha256:1', noteProjectId: 'n', noteId: 'a"b' };

const filters: readonly (readonly [filter: string, isMatch: boolean])[] = [
  ['', true],
  ['kind="BUILD"', true],
  ['kind = "build"', false],
  ['kind != "BUILD"', false],
  ['((kind = "BUILD") AND (resourceUrl = "https://x@sha256:1"))', true],
  ['kind="BUILD" AND resourceUrl="other"', false],
  ['kind="A" OR kind="BUILD"', true],
  ['noteId="a\\"b" AND NOT kind="A"', true],
  // OR binds closer.
  ['kind="A" AND kind="BUILD" OR noteProjectId="n"', false],
  ['(kind="A" AND kind="BUILD") OR noteProjectId="n"', true],
];
for (const [filter, isMatch] of filters) {
  test(`${filter || 'no filter'} ${isMatch ? 'matches' : 'does not match'}`, () => {
    assert.equal(parseOccurrenceFilter(filter)(FIELDS), isMatch);
  });
}

for (const [filter, message] of [
  ['kind="BUILD', 'syntax error at character 5'],
  ['(kind="BUILD"', 'a bracket is not closed'],
  ['kind="BUILD")', 'unexpected )'],
  ['kind="BUILD" kind="BUILD"', 'unexpected kind'],
  ['kind=BUILD', 'no comparison at kind'],
  ['kind="A" AND', 'no comparison at the end'],
  ['severity="HIGH"', 'unknown field severity'],
] as const) {
  test(`${filter} is none: ${message}`, () => {
    assert.throws(() => parseOccurrenceFilter(filter), { name: 'FilterError', message });
  });
}

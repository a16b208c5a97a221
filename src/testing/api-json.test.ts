import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, listAt, mergePatch, textAt, textsAt } from './api-json.ts';

test('merge patches, as in the examples of RFC 7386', () => {
  for (const [target, patch, expected] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]) {
    assert.deepEqual(mergePatch(target, patch), expected);
  }
});

test('what is not there, or of another type, reads as nothing', () => {
  const value = { a: { text: 't', list: [1], labels: { x: 'y', n: 1 } } };
  assert.equal(at(value, 'a', 'list', 'b'), undefined);
  assert.deepEqual([textAt(value, 'a', 'text'), textAt(value, 'a', 'list')], ['t', '']);
  assert.deepEqual([listAt(value, 'a', 'list'), listAt(value, 'a', 'text')], [[1], []]);
  assert.deepEqual([textsAt(value, 'a', 'labels'), textsAt(value, 'b')], [{ x: 'y' }, {}]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineStore, type Row } from './line-store.ts';

function rows(...lines: readonly string[]): Row[] {
  return lines.map((line) => ({ identity: line.split(' ')[0] ?? '', line: `${line}\n` }));
}

test('a block takes the place of the one before, and the count follows', () => {
  const store = new LineStore();
  assert.equal(store.put('a', rows('a1 1', 'a2 1')), 0);
  assert.equal(store.put('b', rows('b1 1')), 0);
  assert.deepEqual(store.blocks(), ['a1 1\na2 1\n', 'b1 1\n']);
  assert.equal(store.count, 3);
  store.put('a', rows('a1 2'));
  assert.deepEqual(store.blocks(), ['a1 2\n', 'b1 1\n']);
  assert.equal(store.count, 2);
  store.put('a', []);
  store.delete('c');
  assert.deepEqual(store.blocks(), ['b1 1\n']);
  assert.equal(store.count, 1);
});

test('the first row of an identity stays', () => {
  const store = new LineStore();
  assert.equal(store.put('a', rows('x 1', 'y 1', 'x 2', 'x 3')), 2);
  assert.deepEqual(store.blocks(), ['x 1\ny 1\n']);
  assert.equal(store.count, 2);
});

test('blocks that were taken stay as they were', () => {
  const store = new LineStore();
  store.put('a', rows('a 1'));
  const taken = store.blocks();
  store.put('a', rows('a 2'));
  store.put('b', rows('b 1'));
  assert.deepEqual(taken, ['a 1\n']);
});

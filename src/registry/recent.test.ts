import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from './recent.ts';

test('what was not used for longest is forgotten first', () => {
  const recent = new Recent<number>(3);
  for (const [index, key] of ['a', 'b', 'c'].entries()) recent.set(key, index);
  assert.equal(recent.get('a'), 0);
  recent.set('b', 7);
  recent.set('d', 3);
  const found = ['a', 'b', 'c', 'd'].map((key) => recent.get(key));
  assert.deepEqual(found, [0, 7, undefined, 3]);
  assert.equal(recent.size, 3);
  assert.deepEqual(recent.values(), [0, 7, 3]);
});

test('what is taken away or not worth keeping is gone', () => {
  const recent = new Recent<number>(9);
  for (let value = 0; value < 6; value++) recent.set(`k${value}`, value);
  recent.delete('k1');
  recent.prune((value) => value % 2 === 1);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].filter((value) => recent.get(`k${value}`) === value),
    [3, 5],
  );
});

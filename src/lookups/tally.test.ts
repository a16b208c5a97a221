import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from './tally.ts';

test('only the first user adds an item, and only the last takes it away', () => {
  const tally = new Tally<string>();
  assert.deepEqual([tally.add('a'), tally.add('a'), tally.add('b')], [true, false, true]);
  assert.deepEqual([...tally], ['a', 'b']);
  assert.deepEqual([tally.remove('a'), tally.has('a'), tally.remove('a')], [false, true, true]);
  assert.deepEqual([tally.has('a'), tally.size], [false, 1]);
});

test("what was never added is nobody's last", () => {
  const tally = new Tally<string>();
  assert.equal(tally.remove('a'), false);
  assert.equal(tally.add('a'), true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sideBySide } from './pool.ts';

test('results come in the order of the items, whichever ends first', async () => {
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const working = sideBySide([0, 1, 2], 3, async (item) => {
    await gates[item]?.promise;
    if (item === 1) throw new Error('no');
    return item * 10;
  });
  for (const gate of gates.toReversed()) gate.resolve();
  assert.deepEqual(await working, [
    { status: 'fulfilled', value: 0 },
    { status: 'rejected', reason: new Error('no') },
    { status: 'fulfilled', value: 20 },
  ]);
});

test('never more at a time than the width, and each item once', async () => {
  let atWork = 0;
  let most = 0;
  const seen: number[] = [];
  await sideBySide(
    Array.from({ length: 10 }, (_, index) => index),
    3,
    async (item) => {
      most = Math.max(most, ++atWork);
      seen.push(item);
      await Promise.resolve();
      atWork--;
    },
  );
  assert.deepEqual([most, seen], [3, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
});

test('nothing to do is done at once', async () => {
  assert.deepEqual(await sideBySide([], 4, async () => assert.fail('there is no item')), []);
});

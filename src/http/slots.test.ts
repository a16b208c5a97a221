import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { Slots } from './slots.ts';

const signal = new AbortController().signal;

test('so many at once, in the order in which they came, and on after failures', async () => {
  const slots = new Slots(2);
  const started: number[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const results = [0, 1, 2, 3, 4].map(async (number) => {
    await slots.use(signal, async () => {
      started.push(number);
      const end = Promise.withResolvers<void>();
      ends[number] = end;
      await end.promise;
    });
  });
  const settled = Promise.allSettled(results);
  assert.deepEqual(started, [0, 1]);
  ends[1]?.reject(new Error('failed'));
  await turn();
  assert.deepEqual(started, [0, 1, 2]);
  for (const number of [0, 2]) ends[number]?.resolve();
  await turn();
  assert.deepEqual(started, [0, 1, 2, 3, 4]);
  for (const number of [3, 4]) ends[number]?.resolve();
  const statuses = (await settled).map(({ status }) => status);
  assert.deepEqual(statuses, ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
});

test('one that gives up leaves the row', async () => {
  const slots = new Slots(1);
  const end = Promise.withResolvers<void>();
  const first = slots.use(signal, async () => await end.promise);
  const controller = new AbortController();
  const second = slots.use(
    controller.signal,
    async () => await Promise.resolve(assert.fail('it had given up')),
  );
  const third = slots.use(signal, async () => await Promise.resolve('third'));
  const reason = new Error('enough');
  controller.abort(reason);
  await assert.rejects(second, reason);
  end.resolve();
  await first;
  assert.equal(await third, 'third');
  assert.equal(await slots.use(signal, async () => await Promise.resolve('fourth')), 'fourth');
});

test('less than one is refused', () => {
  for (const width of [0, -1, Number.NaN]) assert.throws(() => new Slots(width), RangeError);
});

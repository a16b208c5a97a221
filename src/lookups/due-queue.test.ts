import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DueQueue, type Scheduled } from './due-queue.ts';

interface Item extends Scheduled {
  readonly name: number;
}

const NAMES = Array.from({ length: 12 }, (_, name) => name);

test('nothing is taken before its time', () => {
  const queue = new DueQueue<Item>();
  const item = { name: 1, due: 0, place: -1 };
  queue.set(item, 10);
  assert.equal(queue.take(9), undefined);
  assert.equal(queue.next, 10);
  assert.equal(queue.take(10), item);
  assert.deepEqual([queue.next, queue.size, item.place], [undefined, 0, -1]);
});

test('what is not there cannot be taken out', () => {
  const queue = new DueQueue<Item>();
  const inside = { name: 1, due: 0, place: -1 };
  queue.set(inside, 1);
  queue.delete({ name: 2, due: 0, place: -1 });
  assert.equal(queue.size, 1);
});

test('after any changes the items come in the order of their times, each once', () => {
  const step = fc.oneof(
    fc.record({ name: fc.constantFrom(...NAMES), due: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ name: fc.constantFrom(...NAMES), due: fc.constant(undefined) }),
    fc.record({ now: fc.integer({ min: 0, max: 50 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const queue = new DueQueue<Item>();
      const items = NAMES.map((name): Item => ({ name, due: 0, place: -1 }));
      const expected = new Map<number, number>();
      for (const action of steps) {
        if ('now' in action) {
          const earliest = Math.min(...expected.values());
          const taken = queue.take(action.now);
          assert.equal(taken?.due, earliest <= action.now ? earliest : undefined);
          if (taken) expected.delete(taken.name);
          continue;
        }
        const item = items[action.name];
        assert.ok(item);
        if (action.due === undefined) {
          queue.delete(item);
          expected.delete(action.name);
        } else {
          queue.set(item, action.due);
          expected.set(action.name, action.due);
        }
      }
      const rest: [number, number][] = [];
      for (let item = queue.take(50); item; item = queue.take(50)) rest.push([item.name, item.due]);
      assert.deepEqual(new Map(rest), expected);
      const times = rest.map(([, due]) => due);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
    }),
  );
});

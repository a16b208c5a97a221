import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Alarm } from './alarm.ts';
import { FakeClock } from '../http/fake-clock.ts';

const DAY = 86_400_000;

function setUp() {
  const clock = new FakeClock();
  const start = clock.now();
  const rung: number[] = [];
  const alarm = new Alarm(clock, () => rung.push(clock.now() - start));
  const advance = (milliseconds: number) =>
    clock.advance(milliseconds, () => new Promise((resolve) => setImmediate(resolve)));
  return { clock, start, rung, alarm, advance };
}

test('it rings once, at the earliest time', async () => {
  const { clock, start, rung, alarm, advance } = setUp();
  alarm.set(start + 50);
  alarm.set(start + 20);
  alarm.set(start + 90);
  assert.equal(clock.sleepers, 1);
  await advance(100);
  assert.deepEqual(rung, [20]);
  alarm.set(start + 10);
  await advance(0);
  assert.deepEqual(rung, [20, 100]);
});

test('it rings after a day at the latest', async () => {
  const { start, rung, alarm, advance } = setUp();
  alarm.set(start + 100 * DAY);
  await advance(2 * DAY);
  assert.deepEqual(rung, [DAY]);
});

test('cancelled it waits for nothing', async () => {
  const { clock, start, rung, alarm, advance } = setUp();
  alarm.set(start + 10);
  alarm.cancel();
  await advance(20);
  assert.deepEqual([rung, clock.sleepers], [[], 0]);
  alarm.set(start + 30);
  await advance(20);
  assert.deepEqual(rung, [30]);
});

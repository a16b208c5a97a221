import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PullQuota } from './pull-quota.ts';

const MINUTE = 60_000;
/** An image's two pulls come back in so many milliseconds where 100 are granted in six hours. */
const STEP = 432_000;

function quotaOf(remaining: number): PullQuota {
  const quota = new PullQuota();
  quota.note({ limit: 100, remaining, window: 21_600 }, 0);
  return quota;
}

test('a host that tells no limit has none', () => {
  const quota = new PullQuota();
  assert.equal(quota.known, false);
  for (let pulls = 0; pulls < 1000; pulls++) assert.equal(quota.take(0, undefined), undefined);
});

test('pulls stop before the last tenth, those under way counted', () => {
  const quota = quotaOf(14);
  assert.deepEqual(
    [quota.take(0, undefined), quota.take(0, undefined), quota.take(0, undefined)],
    [undefined, undefined, undefined],
  );
  quota.note({ limit: 100, remaining: 14, window: 21_600 }, 0);
  assert.equal(
    quota.take(0, undefined),
    STEP,
    'an answer that left before the pulls does not give them back',
  );
});

test('a pull that is over stays counted until the host tells again', () => {
  const quota = quotaOf(11);
  quota.take(0, undefined);
  quota.done();
  assert.equal(quota.take(0, undefined), STEP);
  assert.equal(quota.note({ limit: 100, remaining: 90, window: 21_600 }, 1), true);
  assert.equal(quota.take(1, undefined), undefined);
});

test('who is refused gets a turn of its own, and is let in then as long as anything is left', () => {
  const quota = quotaOf(5);
  assert.deepEqual(
    [1, 2, 3].map(() => quota.take(0, undefined)),
    [STEP, 2 * STEP, 3 * STEP],
  );
  quota.note({ limit: 100, remaining: 5, window: 21_600 }, STEP);
  assert.equal(quota.take(STEP - 1, STEP), 4 * STEP, 'not before its turn');
  assert.equal(quota.take(STEP, STEP), undefined);
  quota.done();
  quota.note({ limit: 100, remaining: 0, window: 21_600 }, STEP);
  assert.equal(quota.take(STEP, STEP), 5 * STEP, 'nothing is left');
});

test('what comes back is counted without asking', () => {
  const quota = quotaOf(0);
  assert.equal(quota.take(30 * MINUTE, undefined), 30 * MINUTE + STEP);
  assert.equal(quota.take(45 * MINUTE, undefined), undefined);
});

test('only an answer that ends a shortage lets those in that were held back', () => {
  const quota = quotaOf(50);
  assert.equal(quota.note({ limit: 100, remaining: 40, window: 21_600 }, 0), false);
  assert.equal(quota.note({ limit: 100, remaining: 3, window: 21_600 }, 0), false);
  quota.take(0, undefined);
  assert.equal(quota.note({ limit: 100, remaining: 4, window: 21_600 }, 1), false);
  assert.equal(quota.note({ limit: 200, remaining: 150, window: 21_600 }, 2), true);
  assert.equal(quota.note({ limit: 200, remaining: 150, window: 21_600 }, 3), false);
});

test('a limit without a window, of nothing, or of no time is none of pulls', () => {
  const quota = new PullQuota();
  quota.note({ limit: 60, remaining: 0, window: undefined }, 0);
  quota.note({ limit: 0, remaining: 0, window: 21_600 }, 0);
  quota.note({ limit: 60, remaining: 0, window: 0 }, 0);
  assert.deepEqual([quota.known, quota.take(0, undefined)], [false, undefined]);
});

test('the window is the one that is told, of a day at most', () => {
  const quota = new PullQuota();
  quota.note({ limit: 60, remaining: 0, window: 60 }, 0);
  assert.equal(quota.take(0, undefined), 2000);
  const slow = new PullQuota();
  slow.note({ limit: 2, remaining: 0, window: 999_999_999 }, 0);
  assert.equal(slow.take(0, undefined), 86_400_000);
});

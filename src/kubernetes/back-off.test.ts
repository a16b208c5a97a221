import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QuickClock } from '../../test/support/client.ts';
import { BackOff } from './back-off.ts';

function backOff({ clock = new QuickClock(), random = 0 } = {}): { backOff: BackOff; clock: QuickClock } {
  return { backOff: new BackOff({ first: 800, longest: 30_000, clock, random: () => random }), clock };
}

/** So many waits one after another, each waited for. */
function waits(count: number, random: number): readonly number[] {
  const { backOff: subject, clock } = backOff({ random });
  return Array.from({ length: count }, () => {
    const wait = subject.next();
    clock.advance(wait);
    return wait;
  });
}

test('waits double up to thirty seconds, and chance adds up to as much again', () => {
  assert.deepEqual(waits(8, 0), [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  assert.deepEqual(waits(3, 0.5), [1200, 2400, 4800]);
  assert.deepEqual(waits(8, 0.999_999).at(-1), 60_000);
});

test('two quiet minutes after the wait make the next failure a first one', () => {
  const { backOff: subject, clock } = backOff();
  subject.next();
  const second = subject.next();
  clock.advance(second + 119_999);
  assert.equal(subject.next(), 3200);
  clock.advance(3200 + 120_000);
  assert.equal(subject.next(), 800);
});

test('what the server asks is a lower bound, up to five minutes', () => {
  const { backOff: subject } = backOff();
  assert.equal(subject.next(10_000), 10_000);
  assert.equal(subject.next(1000), 1600);
  assert.equal(subject.next(485_009 * 3_600_000), 300_000);
});

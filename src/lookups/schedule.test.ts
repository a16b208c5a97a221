import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isPassing, nextLookup, pauseLength, type Tried } from './schedule.ts';

const HOUR = 3_600_000;
const NOW = 500_000 * HOUR;
const TRIED: Tried = { reason: 'ok', failures: 0, pinned: false, first: false };

describe('the next look-up', () => {
  const cases: readonly {
    readonly tried: Partial<Tried>;
    /** Seconds from now with the least and the greatest chance; undefined for never. */
    readonly after: readonly [number, number] | undefined;
  }[] = [
    { tried: {}, after: [3600, 4170] },
    { tried: { first: true }, after: [1800, 4170] },
    { tried: { pinned: true }, after: undefined },
    { tried: { pinned: true, first: true }, after: undefined },
    { tried: { reason: 'pending' }, after: undefined },
    { tried: { reason: 'invalid_reference' }, after: undefined },
    { tried: { reason: 'blocked' }, after: [3600, 4170] },
    { tried: { reason: 'rate_limited' }, after: undefined },
    { tried: { reason: 'not_found' }, after: [3600, 4170] },
    { tried: { reason: 'not_found', pinned: true, first: true }, after: [3600, 4170] },
    { tried: { reason: 'unsupported' }, after: [3600, 4170] },
    { tried: { reason: 'unauthorized' }, after: [3600, 4170] },
    { tried: { reason: 'forbidden' }, after: [3600, 4170] },
    { tried: { reason: 'timeout', failures: 1 }, after: [3.75, 6.25] },
    { tried: { reason: 'unavailable', failures: 2 }, after: [7.5, 12.5] },
    { tried: { reason: 'invalid_response', failures: 8 }, after: [480, 800] },
    { tried: { reason: 'unavailable', failures: 9 }, after: [675, 1125] },
    { tried: { reason: 'unavailable', failures: 2000, pinned: true }, after: [675, 1125] },
  ];
  for (const { tried, after } of cases) {
    test(JSON.stringify(tried), () => {
      const seconds = [0, 0.999999].map((chance) => {
        const due = nextLookup(
          { ...TRIED, ...tried },
          { now: NOW, cacheDuration: HOUR, random: () => chance },
        );
        return due !== undefined && Math.round((due - NOW) / 10) / 100;
      });
      assert.deepEqual(seconds, after ?? [false, false]);
    });
  }
});

test('a refresh is never before its time, nor later than a sixth after it, and falls due with its neighbours', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 10 * HOUR }),
      fc.integer({ min: 0, max: 1000 * HOUR }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.boolean(),
      (cacheDuration, since, chance, first) => {
        const now = NOW + since;
        const due = nextLookup({ ...TRIED, first }, { now, cacheDuration, random: () => chance });
        assert.ok(due !== undefined);
        assert.ok(due - now >= cacheDuration * (first ? 1 / 2 : 1) - 1, `${due - now}`);
        assert.ok(due - now <= (cacheDuration * 7) / 6 + 1, `${due - now}`);
      },
    ),
  );
  const due = new Set(
    Array.from({ length: 500 }, (_, index) =>
      nextLookup({ ...TRIED, first: true }, { now: NOW, cacheDuration: HOUR, random: () => index / 500 }),
    ),
  );
  assert.equal(due.size, 80);
});

describe('the pause of a host', () => {
  const cases: readonly [retryAfter: number | undefined, pauses: number, length: number][] = [
    [0, 1, 1_000],
    [7_000, 1, 7_000],
    [7_000, 5, 7_000],
    [485_009 * HOUR, 1, HOUR],
    [undefined, 1, 30_000],
    [undefined, 2, 60_000],
    [undefined, 3, 120_000],
    [undefined, 8, HOUR],
    [undefined, 5000, HOUR],
  ];
  for (const [retryAfter, pauses, length] of cases) {
    test(`${retryAfter} after ${pauses}`, () => assert.equal(pauseLength(retryAfter, pauses), length));
  }
});

test('only what time may mend passes', () => {
  const reasons = [
    'ok',
    'not_found',
    'unauthorized',
    'rate_limited',
    'timeout',
    'unavailable',
    'invalid_response',
  ] as const;
  assert.deepEqual(reasons.filter(isPassing), ['timeout', 'unavailable', 'invalid_response']);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeMemory, type MemorySample } from './memory.ts';

const MB = 1_000_000;

/** A sample every half minute. */
function samplesOf(minutes: number, megabytes: (minute: number) => number): MemorySample[] {
  return Array.from({ length: minutes * 2 + 1 }, (_, index) => ({
    at: index * 30_000,
    resident: megabytes(index / 2) * MB,
  }));
}

describe('memory', () => {
  const cases: readonly (readonly [name: string, samples: MemorySample[], slope: number, flat: boolean])[] = [
    ['that stays is flat', samplesOf(30, () => 90), 0, true],
    ['that grew only at first is flat', samplesOf(30, (minute) => Math.min(100, 50 + 5 * minute)), 0, true],
    ['that shrinks is flat', samplesOf(30, (minute) => 100 - minute), -MB, true],
    ['that goes up and down is flat', samplesOf(30, (minute) => 90 + 10 * ((minute * 2) % 2)), 0, true],
    ['that grows by 400 kB a minute is flat', samplesOf(30, (minute) => 90 + 0.4 * minute), 400_000, true],
    ['that grows by 600 kB a minute is not', samplesOf(30, (minute) => 90 + 0.6 * minute), 600_000, false],
  ];
  for (const [name, samples, slope, flat] of cases) {
    test(name, () => {
      const verdict = judgeMemory(samples);
      assert.equal(verdict?.flat, flat);
      assert.ok(Math.abs((verdict?.slope ?? Number.NaN) - slope) < 40_000, `slope ${verdict?.slope}`);
    });
  }

  test('of less than ten minutes is not judged', () => {
    assert.equal(judgeMemory(samplesOf(9, () => 90)), undefined);
    assert.equal(judgeMemory([]), undefined);
  });
});

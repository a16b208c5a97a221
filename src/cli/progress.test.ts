import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { suite, test } from 'node:test';
import { assert as check, constantFrom, nat, property, record } from 'fast-check';
import { type ProgressSnapshot, renderProgress, summary } from './progress.ts';

const MiB = 2 ** 20;
const START: ProgressSnapshot = {
  phase: 'reading',
  images: 0,
  resolved: 0,
  toCopy: 0,
  copied: 0,
  toScan: 0,
  scanned: 0,
  toAttest: 0,
  attested: 0,
  bytes: 0,
  totalBytes: 0,
  requests: 0,
};
const COPYING: ProgressSnapshot = {
  phase: 'copying',
  images: 60,
  resolved: 60,
  toCopy: 42,
  copied: 7,
  toScan: 0,
  scanned: 0,
  toAttest: 0,
  attested: 0,
  bytes: 851 * MiB,
  totalBytes: 3482 * MiB,
  requests: 1710,
};

suite('progress', () => {
  test('every phase at 80 columns', () => {
    const cases: readonly (readonly [ProgressSnapshot, number, number, string[]])[] = [
      [START, 0, 0, ['⠋ Reading   0 images']],
      [{ ...START, images: 1 }, 130, 0, ['⠙ Reading   1 image']],
      [
        { ...START, phase: 'resolving', images: 60, resolved: 15, requests: 31 },
        1000,
        0,
        ['⠇ Resolving ━━━━━━━━━━──────────────────────────────  15/60 images', '            31 requests'],
      ],
      [
        { ...START, phase: 'resolving', images: 60, resolved: 60, requests: 120 },
        2500,
        0,
        [
          '⠋ Resolving ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  60/60 images',
          '            120 requests · 2 s',
        ],
      ],
      [
        COPYING,
        10_000,
        85.2 * MiB,
        [
          '⠸ Copying   ━━━━━━━━━━──────────────────────────────   7/42 images',
          '            851 MiB of 3.4 GiB · 85.2 MiB/s · 31 s left · 1,710 requests',
        ],
      ],
      [
        { ...COPYING, bytes: 0, totalBytes: 0 },
        10_000,
        0,
        ['⠸ Copying   ━━━━━━╸─────────────────────────────────   7/42 images', '            1,710 requests'],
      ],
      [
        { ...COPYING, phase: 'writing' },
        12_000,
        0,
        [
          '⠋ Writing   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  60 images',
          '            1,710 requests · 12 s',
        ],
      ],
    ];
    for (const [snapshot, elapsed, rate, lines] of cases) {
      assert.deepEqual(renderProgress(snapshot, elapsed, 80, rate), lines);
    }
  });

  test('narrow terminals lose the least wanted first', () => {
    const cases: readonly (readonly [number, string[]])[] = [
      [
        61,
        [
          '⠸ Copying   ━━━━━━━━╸─────────────────────────   7/42 images',
          '            851 MiB of 3.4 GiB · 85.2 MiB/s · 31 s left',
        ],
      ],
      [41, ['⠸ Copying   ━━━╸──────────   7/42 images', '            851 MiB of 3.4 GiB']],
      [31, ['⠸ Copying    7/42 images', '  851 MiB of 3.4 GiB']],
      [21, ['⠸ Copying    7/42 im', '  851 MiB of 3.4 GiB']],
      [3, ['⠸']],
      [1, []],
      [0, []],
    ];
    for (const [columns, lines] of cases) {
      assert.deepEqual(renderProgress(COPYING, 10_000, columns, 85.2 * MiB), lines);
    }
  });

  test('in colour it says the same', () => {
    const [line = ''] = renderProgress(COPYING, 10_000, 80, 1, { color: true });
    assert.ok(line.startsWith('\u001b[36m⠸ \u001b[0m\u001b[1mCopying   \u001b[0m\u001b[36m━'), line);
    const plain = renderProgress(COPYING, 10_000, 80, 1);
    const painted = renderProgress(COPYING, 10_000, 80, 1, { color: true });
    assert.deepEqual(painted.map(stripVTControlCharacters), plain);
  });

  test('no line is wider than the terminal, whatever the numbers', () => {
    const snapshots = record({
      phase: constantFrom('reading', 'resolving', 'copying', 'writing', 'done'),
      images: nat(),
      resolved: nat(),
      toCopy: nat(),
      copied: nat(),
      toScan: nat(),
      scanned: nat(),
      toAttest: nat(),
      attested: nat(),
      bytes: nat(),
      totalBytes: nat(),
      requests: nat(),
    });
    check(
      property(snapshots, nat(1e9), nat(200), nat(), (snapshot, elapsed, columns, rate) => {
        for (const line of renderProgress(snapshot, elapsed, columns, rate)) {
          assert.ok(line.length < columns, `${columns}: ${line}`);
        }
      }),
    );
  });

  test('the summary', () => {
    const done: ProgressSnapshot = { ...COPYING, phase: 'done', copied: 42, bytes: 3482 * MiB };
    assert.equal(summary(done, 41_300), '✓ 60 images · 42 copied (3.4 GiB) · 1,710 requests · 41 s');
    assert.equal(summary({ ...done, bytes: 0 }, 900), '✓ 60 images · 42 copied · 1,710 requests · 0.9 s');
    assert.equal(summary({ ...START, images: 1, requests: 1 }, 80), '✓ 1 image · 1 request · 0.1 s');
    assert.equal(
      summary({ ...START, images: 1, requests: 1 }, 80, { color: true }),
      '\u001b[32m✓ \u001b[0m\u001b[1m1 image\u001b[0m\u001b[2m · 1 request · 0.1 s\u001b[0m',
    );
  });
});

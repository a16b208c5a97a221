import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, integer, property } from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';

test('durations as Go reads them', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['0', 0],
    ['-0', 0],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['5.s', 5000],
    ['250ms', 250],
    ['3us', 0.003],
    ['3µs', 0.003],
    ['-2s', -2000],
    ['+2s', 2000],
    ['2s1h', 3_602_000],
    ['', undefined],
    ['10', undefined],
    ['m', undefined],
    ['1 m', undefined],
    ['1d', undefined],
    ['.s', undefined],
    ['--1s', undefined],
    ['3000000h', undefined],
  ];
  for (const [text, expected] of cases) assert.equal(parseDuration(text), expected, text);
});

test('durations as Go prints them', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0s'],
    [300_000, '5m0s'],
    [1500, '1.5s'],
    [250, '250ms'],
    [1.5, '1.5ms'],
    [0.003, '3µs'],
    [0.000_002, '2ns'],
    [3_600_000, '1h0m0s'],
    [5_445_250, '1h30m45.25s'],
    [-2000, '-2s'],
  ];
  for (const [milliseconds, expected] of cases) assert.equal(formatDuration(milliseconds), expected);
});

test('a printed duration reads back the same', () => {
  check(
    property(integer(), (milliseconds) => {
      assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
    }),
  );
});

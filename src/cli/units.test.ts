import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatCount, formatSpan } from './units.ts';

test('bytes', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1023.6, '1.0 KiB'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [99.94 * 1024, '99.9 KiB'],
    [99.96 * 1024, '100 KiB'],
    [1023.4 * 1024, '1023 KiB'],
    [1023.5 * 1024, '1.0 MiB'],
    [3.4 * 2 ** 30, '3.4 GiB'],
    [2 ** 60, '1024 PiB'],
  ];
  for (const [bytes, expected] of cases) assert.equal(formatBytes(bytes), expected);
});

test('spans of time', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0.0 s'],
    [449, '0.4 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_599_500, '1 h 00 min'],
    [3_900_000, '1 h 05 min'],
  ];
  for (const [milliseconds, expected] of cases) assert.equal(formatSpan(milliseconds), expected);
});

test('counts', () => {
  assert.equal(formatCount(0, 'image'), '0 images');
  assert.equal(formatCount(1, 'image'), '1 image');
  assert.equal(formatCount(999, 'request'), '999 requests');
  assert.equal(formatCount(1710, 'request'), '1,710 requests');
  assert.equal(formatCount(1_234_567, 'request'), '1,234,567 requests');
});

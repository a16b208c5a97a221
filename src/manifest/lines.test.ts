import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from './lines.ts';

const TEXT = '\uFEFFone\r\nzw😀ei\n\nvier';

test('offsets become lines and columns in whatever order they are asked', () => {
  const places = (offsets: readonly number[]): string[] => {
    const lines = new Lines(TEXT, 10);
    return offsets.map((offset) => {
      const { line, column } = lines.at(offset);
      return `${line}:${column}`;
    });
  };
  const offsets = [1, 4, 6, 10, 12, 13, 14, TEXT.length];
  const expected = ['10:1', '10:4', '11:1', '11:4', '11:6', '12:1', '13:1', '13:5'];
  assert.deepEqual(places(offsets), expected);
  assert.deepEqual(places(offsets.toReversed()), expected.toReversed());
});

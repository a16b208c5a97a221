import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from './event-lines.ts';

function split(chunks: readonly Buffer[], limit?: number): string[] {
  const splitter = new LineSplitter(limit);
  return chunks.flatMap((chunk) => [...splitter.push(chunk)]);
}

test('lines are the same however the bytes are cut, also within a character', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', '').toWellFormed());
  fc.assert(
    fc.property(fc.array(line), fc.string(), fc.array(fc.nat({ max: 300 })), (lines, rest, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join('') + rest.replaceAll('\n', ''));
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b)];
      const chunks = places.map((place, index) => bytes.subarray(place, places[index + 1]));
      assert.deepEqual(split(chunks), lines);
    }),
  );
});

test('one byte at a time', () => {
  const chunks = Array.from(Buffer.from('ä€\n\n🐳\nhal'), (byte) => Buffer.of(byte));
  assert.deepEqual(split(chunks), ['ä€', '', '🐳']);
});

test('a line may be as long as the limit, not longer, ended or not', () => {
  const tooLong = { name: 'ContentError', message: 'a line is longer than 4 bytes' };
  assert.deepEqual(split([Buffer.from('abcd\n'), Buffer.from('ab'), Buffer.from('cd\n')], 4), [
    'abcd',
    'abcd',
  ]);
  assert.throws(() => split([Buffer.from('abcde\n')], 4), tooLong);
  assert.throws(() => split([Buffer.from('abc'), Buffer.from('de')], 4), tooLong);
});

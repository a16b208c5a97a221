import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonValues } from './json-stream.ts';

function valuesOf(text: string): string[] | undefined {
  return jsonValues(text)?.map(({ start, end, valid }) => `${valid ? '' : '!'}${text.slice(start, end)}`);
}

test('a stream is cut into its values', () => {
  const cases: readonly (readonly [text: string, values: string[] | undefined])[] = [
    ['{"a":1}{"b":2}', ['{"a":1}', '{"b":2}']],
    ['{"a":1}\n[2]\r\n\t{}\n', ['{"a":1}', '[2]', '{}']],
    ['\uFEFF{"a":"}{\\"\\\\"} {"b":2}', ['{"a":"}{\\"\\\\"}', '{"b":2}']],
    ['{"a":1} {"b":2,}', ['{"a":1}', '!{"b":2,}']],
    ['{"a":1} --- {"b":2}', undefined],
    ['{"a":1} {"b":', undefined],
    ['{"a":1} {"b', undefined],
    ['{a: 1}\n{b: 2}', undefined],
    ['"text"', undefined],
    ['', []],
  ];
  for (const [text, values] of cases) assert.deepEqual(valuesOf(text), values, text);
});

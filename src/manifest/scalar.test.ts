import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainType, plainValue } from './scalar.ts';

test('plain scalars are what the YAML library of Kubernetes takes them for', () => {
  const cases: readonly (readonly [text: string, value: null | boolean | number | string])[] = [
    ['', null],
    ['~', null],
    ['Null', null],
    ['yes', true],
    ['off', false],
    ['False', false],
    ['y', true],
    ['1.25', 1.25],
    ['1_000', 1000],
    ['-0x1F', -31],
    ['017', 15],
    ['0o17', 15],
    ['0b11', 3],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['-.inf', Number.NEGATIVE_INFINITY],
    ['.NaN', Number.NaN],
    ['nginx', 'nginx'],
    ['nullable', 'nullable'],
    ['1.25.3', '1.25.3'],
    ['12:30:45', '12:30:45'],
    ['2001-01-01', '2001-01-01'],
    ['0x', '0x'],
    ['.', '.'],
    ['<<', '<<'],
  ];
  for (const [text, value] of cases) {
    assert.deepEqual(plainValue(text), value, text);
    assert.equal(plainType(text), value === null ? 'null' : typeof value, text);
  }
});

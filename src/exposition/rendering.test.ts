import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { counter, gauge } from './family.ts';
import { escapeLabelValue, formatValue, lineRenderer, renderHeader, toByteString } from './rendering.ts';

test('label values', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', ''],
    ['nginx:1.27', 'nginx:1.27'],
    ['a\\b', 'a\\\\b'],
    ['a"b', 'a\\"b'],
    ['a\nb\r', 'a\\nb\r'],
    ['\\n', '\\\\n'],
    ['é€😀', 'é€😀'],
    ['a\ud800b', 'a\ufffdb'],
    ['\udc00\ud800', '\ufffd\ufffd'],
  ];
  for (const [value, escaped] of cases) assert.equal(escapeLabelValue(value), escaped);
});

test('numbers', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'],
    [1, '1'],
    [-1.5, '-1.5'],
    [1_700_000_000.123, '1700000000.123'],
    [1e21, '1e+21'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ];
  for (const [value, text] of cases) assert.equal(formatValue(value), text);
});

test('headers differ in the names of counters and in quotes', () => {
  const family = counter('shop_sales_total', 'Sales "at\\in" a\nshop.');
  assert.equal(
    renderHeader(family, 'text'),
    '# HELP shop_sales_total Sales "at\\\\in" a\\nshop.\n# TYPE shop_sales_total counter\n',
  );
  assert.equal(
    renderHeader(family, 'openmetrics'),
    '# HELP shop_sales Sales \\"at\\\\in\\" a\\nshop.\n# TYPE shop_sales counter\n',
  );
});

test('lines', () => {
  assert.equal(lineRenderer(gauge('a', ''))([], 2), 'a 2\n');
  assert.equal(lineRenderer(gauge('a', '', ['b', 'c']))(['1', '"'], 2), 'a{b="1",c="\\""} 2\n');
});

test('a byte string has one character for each byte of UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.deepEqual(Buffer.from(toByteString(text), 'latin1'), Buffer.from(text, 'utf8'));
    }),
  );
});

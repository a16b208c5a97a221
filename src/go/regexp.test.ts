import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGoRegexp, GoRegexpError } from './regexp.ts';

test('expressions match anywhere, in Go syntax', () => {
  const cases: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['^Prometheus$', 'Prometheus', true],
    ['^Prometheus$', 'PrometheusRule', false],
    ['meth', 'Prometheus', true],
    ['', '', true],
    ['^$', 'x', false],
    ['(?i)prometheus', 'PROMETHEUS', true],
    ['\\Amonitoring\\.coreos\\.com/v1\\z', 'monitoring.coreos.com/v1', true],
    ['\\Amonitoring\\.coreos\\.com/v1\\z', 'monitoring.coreos.com/v1alpha1', false],
    ['^[[:alpha:]]+$', 'abc', true],
    ['(?P<name>a+)b', 'aab', true],
    ['\\Qa.b\\E', 'axb', false],
    ['^.$', '😀', true],
  ];
  for (const [pattern, text, matches] of cases) {
    assert.equal(compileGoRegexp(pattern).test(text), matches, `${pattern} on ${text}`);
  }
});

test('matches follow one another as those of FindAllStringSubmatch', () => {
  const cases: readonly (readonly [pattern: string, text: string, found: readonly unknown[]])[] = [
    [
      'a+',
      'baac a',
      [
        [1, 3, 'aa'],
        [5, 6, 'a'],
      ],
    ],
    [
      'a*',
      'baac',
      [
        [0, 0, ''],
        [1, 3, 'aa'],
        [4, 4, ''],
      ],
    ],
    [
      '',
      '😀x',
      [
        [0, 0, ''],
        [2, 2, ''],
        [3, 3, ''],
      ],
    ],
    [
      '(a)|(b)',
      'ab',
      [
        [0, 1, 'a', 'a', undefined],
        [1, 2, 'b', undefined, 'b'],
      ],
    ],
    ['^', 'ab', [[0, 0, '']]],
    ['x', 'ab', []],
  ];
  for (const [pattern, text, expected] of cases) {
    const found = [...compileGoRegexp(pattern).matches(text)];
    assert.deepEqual(
      found.map(({ start, end, groups }) => [start, end, ...groups]),
      expected,
      pattern,
    );
  }
  const [named] = compileGoRegexp('(?P<first>a)(b)').matches('ab');
  assert.deepEqual({ ...named?.names }, { first: 1 });
});

test('what Go refuses is refused in its words', () => {
  const cases = {
    'a(': 'error parsing regexp: missing closing ): `a(`',
    '(?=x)': 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    '\\1': 'error parsing regexp: invalid escape sequence: `\\1`',
    '*a': 'error parsing regexp: missing argument to repetition operator: `*`',
    '[z-a]': 'error parsing regexp: invalid character class range: `z-a`',
  };
  for (const [pattern, message] of Object.entries(cases)) {
    assert.throws(() => compileGoRegexp(pattern), new GoRegexpError(message));
  }
});

test('an expression that backtracks for ever elsewhere comes to an end', () => {
  assert.equal(compileGoRegexp('^(a+)+$').test(`${'a'.repeat(5000)}b`), false);
});

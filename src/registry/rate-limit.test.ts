import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRateLimit, type RateLimit } from './rate-limit.ts';

const cases: readonly (readonly [string | undefined, string | undefined, RateLimit | undefined])[] = [
  ['100;w=21600', '76;w=21600', { limit: 100, remaining: 76, window: 21_600 }],
  [' 200 ', '0', { limit: 200, remaining: 0, window: undefined }],
  ['100, 100;w=21600', '9', { limit: 100, remaining: 9, window: 21_600 }],
  ['60; w=60;comment="x"', '1', { limit: 60, remaining: 1, window: 60 }],
  ['60;w=-1', '1', { limit: 60, remaining: 1, window: undefined }],
  ['60;w=1e9', '1', { limit: 60, remaining: 1, window: undefined }],
  ['60;w=' + '9'.repeat(10), '1', { limit: 60, remaining: 1, window: undefined }],
  ['100;w=21600', undefined, undefined],
  [undefined, '5', undefined],
  ['many', '5', undefined],
  ['-1', '5', undefined],
  ['9'.repeat(16), '5', undefined],
];
for (const [limit, remaining, expected] of cases) {
  test(`ratelimit ${limit} ${remaining}`, () => {
    const headers = { 'ratelimit-limit': limit, 'ratelimit-remaining': remaining };
    assert.deepEqual(parseRateLimit(headers), expected);
  });
}

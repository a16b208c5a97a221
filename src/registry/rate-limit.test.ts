import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRateLimit, type RateLimit } from './rate-limit.ts';

const cases: readonly (readonly [string | undefined, string | undefined, RateLimit | undefined])[] = [
  ['100;w=21600', '76;w=21600', { limit: 100, remaining: 76 }],
  [' 200 ', '0', { limit: 200, remaining: 0 }],
  ['100, 100;w=21600', '9', { limit: 100, remaining: 9 }],
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

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRetryAfter } from './retry-after.ts';

const NOW = Date.parse('2026-05-06T07:08:09Z');

describe('parseRetryAfter', () => {
  const cases: readonly (readonly [string | undefined, number | undefined])[] = [
    ['0', 0],
    [' 120 ', 120_000],
    ['Wed, 06 May 2026 07:08:39 GMT', 30_000],
    ['Wed, 06 May 2026 07:08:00 GMT', 0],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [header, milliseconds] of cases) {
    test(String(header), () => assert.equal(parseRetryAfter(header, NOW), milliseconds));
  }
});

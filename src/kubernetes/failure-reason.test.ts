import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError, type ApiErrorParts } from './api.ts';
import { type FailureReason, failureReason } from './failure-reason.ts';

describe('the reason of a failure', () => {
  const cases: readonly (readonly [Partial<ApiErrorParts>, FailureReason])[] = [
    [{}, 'unavailable'],
    [{ status: 200 }, 'invalid_response'],
    [{ status: 400 }, 'rejected'],
    [{ status: 401 }, 'unauthorized'],
    [{ status: 403 }, 'forbidden'],
    [{ status: 404 }, 'not_found'],
    [{ status: 408 }, 'timeout'],
    [{ status: 410 }, 'expired'],
    [{ status: 400, reason: 'Expired' }, 'expired'],
    [{ status: 400, reason: 'Gone' }, 'expired'],
    [{ status: 429 }, 'rate_limited'],
    [{ status: 500 }, 'unavailable'],
    [{ status: 504 }, 'timeout'],
    [{ status: 504, causes: ['ResourceVersionTooLarge'] }, 'expired'],
    [{ status: 504, message: 'Too large resource version: 9, current: 7' }, 'expired'],
  ];
  for (const [parts, reason] of cases) {
    test(`${JSON.stringify(parts)}: ${reason}`, () => {
      assert.equal(failureReason(new ApiError({ operation: 'ask', message: 'no', ...parts })), reason);
    });
  }

  test('what is no ApiError is a fault of ours', () => {
    for (const error of [new TypeError('oops'), 'oops', undefined])
      assert.equal(failureReason(error), 'internal');
  });
});

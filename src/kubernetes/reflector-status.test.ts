import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError, type ApiErrorParts } from './api.ts';
import { type FailureReason, failureReason, statusError } from './reflector-status.ts';

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

describe('the Status of an ERROR event', () => {
  test('as the server writes it', () => {
    const error = statusError('watch pods', {
      kind: 'Status',
      code: 504,
      reason: 'Timeout',
      message: 'Too large resource version',
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'x' }, {}, null],
        retryAfterSeconds: 1,
      },
    });
    const { message, status, reason, causes, retryAfter } = error;
    assert.deepEqual(
      { message, status, reason, causes, retryAfter },
      {
        message: 'cannot watch pods: 504 Timeout: Too large resource version',
        status: 504,
        reason: 'Timeout',
        causes: ['ResourceVersionTooLarge'],
        retryAfter: 1000,
      },
    );
  });

  for (const [name, value] of [
    ['nothing', null],
    ['other types', { code: '410', reason: 1, message: {}, details: { causes: {}, retryAfterSeconds: '1' } }],
    ['empty texts', { reason: '', message: '', details: { retryAfterSeconds: 0 } }],
  ] as const) {
    test(`${name}: a failure of the server`, () => {
      const error = statusError('watch pods', value);
      assert.equal(error.message, 'cannot watch pods: 500: the server gave no reason');
      assert.deepEqual([error.reason, error.causes, error.retryAfter], [undefined, [], undefined]);
    });
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backOff, judgeFailure, judgeStatus, type Verdict } from './retry.ts';

function coded(code: string): Error {
  return Object.assign(new Error('it failed'), { code });
}

describe('judgeStatus', () => {
  const cases: readonly (readonly [number, readonly string[], boolean, Verdict])[] = [
    [429, [], false, 'pause'],
    [403, ['TOOMANYREQUESTS'], false, 'pause'],
    [503, [], true, 'pause'],
    [503, [], false, 'again'],
    [401, [], false, 'token'],
    ...[408, 499, 500, 502, 504, 522].map((status) => [status, [], false, 'again'] as const),
    [500, [], true, 'again'],
    [501, [], false, 'final'],
    [507, ['UNAVAILABLE'], false, 'again'],
    [400, ['UNKNOWN'], false, 'final'],
    ...[301, 400, 403, 404, 405, 409, 413, 416, 418].map((status) => [status, [], false, 'final'] as const),
  ];
  for (const [status, codes, retryAfter, verdict] of cases) {
    test(`${status} ${codes.join()}${retryAfter ? ' with Retry-After' : ''}: ${verdict}`, () => {
      assert.equal(judgeStatus(status, codes, retryAfter), verdict);
    });
  }
});

test('what the network does passes, what TLS and we ourselves refuse does not', () => {
  for (const code of ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED']) {
    assert.equal(judgeFailure(coded(code)), 'again', code);
  }
  for (const code of ['SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', '']) {
    assert.equal(judgeFailure(coded(code)), 'final', code);
  }
  assert.equal(judgeFailure('no error at all'), 'final');
});

test('an attempt at several addresses passes if each of them does', () => {
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  assert.equal(
    judgeFailure(Object.assign(new AggregateError([refused, refused]), { code: 'ECONNREFUSED' })),
    'again',
  );
});

test('delays double up to ten seconds, and jitter takes at most half', () => {
  const lowest = [1, 2, 3, 4, 9].map((tries) => backOff(tries, () => 0));
  assert.deepEqual(lowest, [100, 200, 400, 800, 5000]);
  assert.equal(
    backOff(1, () => 0.999),
    200,
  );
});

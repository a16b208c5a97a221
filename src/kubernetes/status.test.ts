import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventError, jsonOrText, statusError } from './status.ts';

const STATUS = {
  kind: 'Status',
  code: 504,
  reason: 'Timeout',
  message: 'Too large resource version: 9, current: 5',
  details: { causes: [{ reason: 'ResourceVersionTooLarge' }, {}], retryAfterSeconds: 2 },
};

test('a Status object', () => {
  const error = statusError(STATUS, { operation: 'list pods' });
  assert.equal(error.message, 'cannot list pods: 504 Timeout: Too large resource version: 9, current: 5');
  assert.equal(error.status, 504);
  assert.equal(error.reason, 'Timeout');
  assert.deepEqual(error.causes, ['ResourceVersionTooLarge']);
  assert.equal(error.retryAfter, 2000);
});

test('HTTP knows better than the Status', () => {
  const error = statusError(STATUS, { operation: 'list pods', status: 429, retryAfter: 7000 });
  assert.equal(error.status, 429);
  assert.equal(error.retryAfter, 7000);
});

for (const [name, body, message] of [
  ['words', 'no\nroute', 'cannot list pods: 502: no route'],
  ['a page', '<html>', 'cannot list pods: 502: Bad Gateway'],
  ['nothing', '', 'cannot list pods: 502: Bad Gateway'],
  ['JSON of another kind', '{"a":1}', 'cannot list pods: 502: Bad Gateway'],
  ['a token', 'Bearer abcdefgh', 'cannot list pods: 502: Bearer …'],
] as const) {
  test(`${name} in the place of a Status`, () => {
    const error = statusError(jsonOrText(body), { operation: 'list pods', status: 502 });
    assert.equal(error.message, message);
  });
}

test('an ERROR event that says nothing', () => {
  const error = statusError(undefined, { operation: 'watch pods' });
  assert.equal(error.message, 'cannot watch pods: the server gave no reason');
});

test('an ERROR event has a status even where it tells none', () => {
  const told = eventError('watch pods', { code: 410, reason: 'Expired', message: 'too old' });
  assert.equal(told.message, 'cannot watch pods: 410 Expired: too old');
  for (const status of [null, {}, { code: '410' }]) {
    assert.equal(eventError('watch pods', status).status, 500);
  }
});

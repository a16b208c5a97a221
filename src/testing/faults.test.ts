import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultAction, Faults } from './faults.ts';

const GET_BLOB = { method: 'GET', kind: 'GET blob', path: '/v2/a/blobs/sha256:1' };
const HEAD_BLOB = { method: 'HEAD', kind: 'HEAD blob', path: '/v2/a/blobs/sha256:1' };
const status = (code: number): FaultAction => ({ kind: 'status', status: code });
const DELAY: FaultAction = { kind: 'delay', ms: 5 };

test('a rule acts after some requests, for some requests', () => {
  const faults = new Faults();
  faults.add({ match: { kind: 'GET blob' }, after: 1, times: 2, action: DELAY });
  const taken = [1, 2, 3, 4].map(() => faults.take(GET_BLOB).length);
  assert.deepEqual(taken, [0, 1, 1, 0]);
});

test('a rule without counts acts always, on what it matches only', () => {
  for (const { match, get, head } of [
    { match: {}, get: 1, head: 1 },
    { match: { method: 'GET' }, get: 1, head: 0 },
    { match: { kind: 'HEAD blob' }, get: 0, head: 1 },
    { match: { path: /\/v2\/a\// }, get: 1, head: 1 },
    { match: { path: /\/v2\/b\// }, get: 0, head: 0 },
    { match: { method: 'HEAD', path: /sha256:1$/ }, get: 0, head: 1 },
  ]) {
    const faults = new Faults();
    faults.add({ match, action: DELAY });
    assert.equal(faults.take(GET_BLOB).length, get);
    assert.equal(faults.take(HEAD_BLOB).length, head);
  }
});

test('rules act together, but none after one that ends the request, and it keeps its count', () => {
  const faults = new Faults();
  faults.add(
    { match: {}, action: DELAY },
    { match: {}, times: 1, action: status(503) },
    { match: {}, times: 1, action: status(429) },
  );
  const cut: FaultAction = { kind: 'cut-response' };
  faults.add({ match: {}, times: 1, action: cut });
  assert.deepEqual(faults.take(GET_BLOB), [DELAY, status(503)]);
  assert.deepEqual(faults.take(GET_BLOB), [DELAY, status(429)]);
  assert.deepEqual(faults.take(GET_BLOB), [DELAY, cut]);
  assert.deepEqual(faults.take(GET_BLOB), [DELAY]);
  faults.clear();
  assert.deepEqual(faults.take(GET_BLOB), []);
});

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { FakeClock } from '../http/fake-clock.ts';
import { Scope } from './scope.ts';

const reason = new Error('enough');

test('any parent ends it, also one that has ended', () => {
  const parents = [new AbortController(), new AbortController()];
  const signals = parents.map(({ signal }) => signal);
  using scope = new Scope(signals);
  parents[1]?.abort(reason);
  assert.equal(scope.signal.reason, reason);
  assert.equal(new Scope(signals).signal.reason, reason);
});

test('time ends it, unless the limit was lifted', async () => {
  const clock = new FakeClock(0);
  using scope = new Scope([]);
  const lift = scope.limit(10, new Error('lifted'), clock);
  scope.limit(20, reason, clock);
  lift();
  clock.pass(20);
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  assert.equal(scope.signal.reason, reason);
});

test('nothing is left behind when the work is over', async () => {
  const clock = new FakeClock(0);
  const parent = new AbortController();
  const scope = new Scope([parent.signal]);
  scope.limit(10, reason, clock);
  scope[Symbol.dispose]();
  clock.pass(10);
  parent.abort(reason);
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  assert.equal(scope.signal.aborted, false);
  assert.equal(getEventListeners(parent.signal, 'abort').length, 0);
});

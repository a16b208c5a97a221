import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { CloudFault } from './cloud-fault.ts';
import { atHalfLife, shortlyBefore, type Token, TokenCache } from './token-cache.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FAULT = new CloudFault('no luck', { reason: 'unavailable' });
const signal = new AbortController().signal;

function setup() {
  const state = { now: 0, faults: 0, expiries: Array.of<number>(), bought: 0 };
  const cache = new TokenCache<string>({
    clock: { now: () => state.now },
    random: () => 1,
    renewAt: atHalfLife,
    onFault: () => (state.faults += 1),
    onExpiry: (expires) => state.expiries.push(expires),
  });
  const buy = async (): Promise<Token<string>> => {
    state.bought += 1;
    return { value: `token ${state.bought}`, expires: state.now + HOUR };
  };
  const fail = async (): Promise<Token<string>> => {
    state.bought += 1;
    throw FAULT;
  };
  return { state, cache, buy, fail };
}

test('one purchase for all who ask, and one key is not another', async () => {
  const { state, cache, buy } = setup();
  const first = await Promise.all([cache.get('a', buy, signal), cache.get('a', buy, signal)]);
  assert.deepEqual(first, ['token 1', 'token 1']);
  assert.equal(await cache.get('b', buy, signal), 'token 2');
  assert.equal(await cache.get('a', buy, signal), 'token 1');
  assert.equal(state.bought, 2);
});

test('renewed at its time while the old token serves, so that nobody waits', async () => {
  const { state, cache, buy } = setup();
  await cache.get('a', buy, signal);
  state.now = HOUR / 2 - 1;
  assert.equal(await cache.get('a', buy, signal), 'token 1');
  assert.equal(state.bought, 1);
  state.now = HOUR / 2;
  assert.equal(await cache.get('a', buy, signal), 'token 1');
  await turn();
  assert.equal(await cache.get('a', buy, signal), 'token 2');
  assert.equal(state.bought, 2);
});

test('a failed renewal leaves the old token until its end, and is tried again with growing pauses', async () => {
  const { state, cache, buy, fail } = setup();
  await cache.get('a', buy, signal);
  const tried: number[] = [];
  for (state.now = HOUR / 2; state.now < HOUR - 30_000; state.now += MINUTE / 2) {
    const earlier: number = state.bought;
    assert.equal(await cache.get('a', fail, signal), 'token 1');
    await turn();
    if (state.bought > earlier) tried.push((state.now - HOUR / 2) / MINUTE);
  }
  assert.deepEqual(tried, [0, 1, 3, 7, 15]);
  state.now = HOUR - 1;
  assert.equal(
    await cache.get('a', fail, signal),
    'token 1',
    'the last seconds count if there is nothing else',
  );
  state.now = HOUR;
  await assert.rejects(cache.get('a', fail, signal), { message: 'no luck', reason: 'unavailable' });
  assert.equal(state.faults, state.bought - 1);
});

test('a failure is shared, kept for a minute, then tried again; at most a quarter of an hour', async () => {
  const { state, cache, buy, fail } = setup();
  const both = await Promise.allSettled([cache.get('a', fail, signal), cache.get('a', fail, signal)]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  state.now = MINUTE - 1;
  await assert.rejects(cache.get('a', buy, signal), { message: 'no luck' });
  assert.equal(state.bought, 1);
  const pauses: number[] = [];
  for (let last = 0; state.now < 2 * HOUR; state.now += 1000) {
    const earlier: number = state.bought;
    await assert.rejects(cache.get('a', fail, signal));
    if (state.bought === earlier) continue;
    pauses.push(Math.round((state.now - last) / MINUTE));
    last = state.now;
  }
  assert.deepEqual(pauses, [1, 2, 4, 8, 15, 15, 15, 15, 15, 15, 15].slice(0, pauses.length));
  assert.ok(pauses.length >= 9);
  state.now += HOUR;
  assert.match(await cache.get('a', buy, signal), /^token/);
});

test('what another cache remembers is asked for when that one asks', async () => {
  const { state, cache, buy } = setup();
  const remembered = new CloudFault('not yet', { reason: 'no_identity', retryAt: 5 * MINUTE });
  const refuse = async (): Promise<never> => {
    throw remembered;
  };
  await assert.rejects(cache.get('a', refuse, signal), { reason: 'no_identity', retryAt: 5 * MINUTE });
  state.now = 5 * MINUTE - 1;
  await assert.rejects(cache.get('a', buy, signal), { message: 'not yet' });
  state.now = 5 * MINUTE;
  assert.equal(await cache.get('a', buy, signal), 'token 1');
});

test('who gives up takes nothing from the others', async () => {
  const { cache } = setup();
  const slow = Promise.withResolvers<Token<string>>();
  const controller = new AbortController();
  const leaving = cache.get('a', () => slow.promise, controller.signal);
  const staying = cache.get('a', () => slow.promise, signal);
  controller.abort(new Error('enough'));
  await assert.rejects(leaving, { message: 'enough' });
  slow.resolve({ value: 'late', expires: HOUR });
  assert.equal(await staying, 'late');
});

test('the first end of all valid tokens is told', async () => {
  const { state, cache, buy } = setup();
  await cache.get('a', buy, signal);
  state.now = MINUTE;
  await cache.get('b', buy, signal);
  state.now = HOUR;
  await cache.get('b', buy, signal);
  await turn();
  assert.deepEqual(state.expiries, [HOUR, HOUR, 2 * HOUR]);
});

test('strange failures are faults too', async () => {
  const { cache } = setup();
  await assert.rejects(
    cache.get('a', async () => await Promise.reject(new TypeError('x is undefined')), signal),
    { message: 'x is undefined', reason: 'invalid_answer' },
  );
});

test('what is remembered has a bound: the oldest goes', async () => {
  const { state, cache, buy } = setup();
  for (let n = 0; n <= 1000; n += 1) await cache.get(String(n), buy, signal);
  await cache.get('1000', buy, signal);
  assert.equal(state.bought, 1001);
  await cache.get('0', buy, signal);
  assert.equal(state.bought, 1002);
});

test('when tokens are renewed', () => {
  assert.equal(atHalfLife(HOUR, 13 * HOUR), 7 * HOUR);
  assert.equal(shortlyBefore(0, HOUR), 56 * MINUTE);
  assert.equal(shortlyBefore(0, 6 * MINUTE), 3 * MINUTE);
});

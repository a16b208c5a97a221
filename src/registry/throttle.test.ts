import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QuickClock } from '../../test/support/client.ts';
import type { Clock } from '../http/index.ts';
import { RUN_PACE } from './pace.ts';
import type { Release } from './lane.ts';
import { Throttle } from './throttle.ts';

const NEVER = new AbortController().signal;
const PATIENCE = RUN_PACE.patience;

/** Takes turns until the next one would have to wait. */
async function fill(throttle: Throttle): Promise<Release[]> {
  const releases: Release[] = [];
  for (;;) {
    const turn = throttle.acquire(NEVER);
    const release = await Promise.race([turn, soon()]);
    if (!release) {
      // It waits for ever, and must not count when the others are given back.
      turn.then(
        (late) => late(),
        () => undefined,
      );
      return releases;
    }
    releases.push(release);
  }
}

function soon(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}

async function width(throttle: Throttle): Promise<number> {
  const releases = await fill(throttle);
  for (const release of releases) release();
  await soon();
  return releases.length;
}

describe('small requests', () => {
  test('begin eight at a time, and more with each answer up to 32', async () => {
    const throttle = new Throttle(new QuickClock(), RUN_PACE);
    assert.equal(await width(throttle), 8);
    throttle.succeeded();
    assert.equal(await width(throttle), 10);
    for (let answers = 0; answers < 50; answers++) throttle.succeeded();
    assert.equal(await width(throttle), 32);
  });

  test('are half as many after a complaint, and grow slowly from then on', async () => {
    const clock = new QuickClock();
    const throttle = new Throttle(clock, RUN_PACE);
    for (let answers = 0; answers < 50; answers++) throttle.succeeded();
    throttle.pause(1000);
    throttle.pause(1000);
    clock.advance(1000);
    assert.equal(await width(throttle), 16, 'complaints of the same pause count once');
    throttle.succeeded();
    assert.equal(await width(throttle), 16);
    for (let answers = 0; answers < 16; answers++) throttle.succeeded();
    assert.equal(await width(throttle), 17);
    for (let pauses = 0; pauses < 9; pauses++) {
      throttle.pause(1000);
      clock.advance(1000);
    }
    assert.equal(await width(throttle), 1);
  });

  test('give their turn back once, however often they say so', async () => {
    const throttle = new Throttle(new QuickClock(), RUN_PACE);
    const [first] = await fill(throttle);
    first?.();
    first?.();
    first?.();
    assert.equal((await fill(throttle)).length, 1, 'one turn is free, not three');
  });

  test('that are given up while they wait leave the queue', async () => {
    const throttle = new Throttle(new QuickClock(), RUN_PACE);
    const held = await fill(throttle);
    const stop = new AbortController();
    const waiting = throttle.acquire(stop.signal);
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    for (const release of held) release();
    assert.equal(await width(throttle), 8);
  });

  test('wait for the end of a pause, also those that had waited for a turn', async () => {
    const sleeper = Promise.withResolvers<void>();
    let now = 0;
    const clock: Clock = { now: () => now, sleep: () => sleeper.promise };
    const throttle = new Throttle(clock, RUN_PACE);
    const held = await fill(throttle);
    const started: string[] = [];
    const early = throttle.acquire(NEVER).then(() => started.push('early'));
    throttle.pause(5000);
    const late = throttle.acquire(NEVER).then(() => started.push('late'));
    for (const release of held) release();
    await soon();
    assert.deepEqual(started, []);
    now = 5000;
    sleeper.resolve();
    await Promise.all([early, late]);
    assert.equal(started.length, 2);
  });
});

describe('transfers', () => {
  test('are four at a time; the largest and the oldest that wait take turns', async () => {
    const throttle = new Throttle(new QuickClock(), RUN_PACE);
    const order: number[] = [];
    const held = await Promise.all([1, 2, 3, 4].map((size) => throttle.acquireTransfer(size, NEVER)));
    const queued = [10, 30, 20, 40].map(async (size) => {
      const release = await throttle.acquireTransfer(size, NEVER);
      order.push(size);
      return release;
    });
    await soon();
    assert.equal(order.length, 0);
    for (const release of held) release();
    await Promise.all(queued);
    assert.deepEqual(
      order.toSorted((a, b) => a - b),
      [10, 20, 30, 40],
    );
    assert.ok(order.indexOf(40) < 2, `the largest is among the first: ${order.join()}`);
    assert.ok(order.indexOf(10) < 2, `the oldest is among the first: ${order.join()}`);
  });

  test('do not hold small requests up', async () => {
    const throttle = new Throttle(new QuickClock(), RUN_PACE);
    await Promise.all([1, 2, 3, 4].map((size) => throttle.acquireTransfer(size, NEVER)));
    assert.equal(await width(throttle), 8);
  });
});

test('a pause without a length doubles up to a minute until the host answers', () => {
  const clock = new QuickClock();
  const throttle = new Throttle(clock, RUN_PACE);
  const lengths = Array.from({ length: 8 }, () => {
    const length = throttle.pause(undefined);
    clock.advance(length);
    return length / 1000;
  });
  assert.deepEqual(lengths, [1, 2, 4, 8, 16, 32, 60, 60]);
  throttle.succeeded();
  assert.equal(throttle.pause(undefined), 1000);
});

test('a longer pause than the patience is refused at once', async () => {
  const throttle = new Throttle(new QuickClock(), RUN_PACE);
  throttle.pause(PATIENCE + 1);
  await assert.rejects(throttle.acquire(NEVER), {
    name: 'PausedError',
    message: 'the registry asks everybody to wait 601 s',
  });
});

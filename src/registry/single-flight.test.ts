import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Abandoned, SingleFlight, together } from './single-flight.ts';

const NEVER = new AbortController().signal;

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    // As Node does it: the reason is hidden in an error of another kind.
    signal.addEventListener('abort', () => reject(new Error('aborted', { cause: signal.reason })));
  });
}

describe('SingleFlight', () => {
  test('does work once for all who want it, and remembers that it is done', async () => {
    const flight = new SingleFlight<number>();
    let runs = 0;
    const work = async (): Promise<number> => ++runs;
    assert.deepEqual(await Promise.all([flight.do('a', NEVER, work), flight.do('a', NEVER, work)]), [1, 1]);
    assert.equal(await flight.do('a', NEVER, work), 1);
    assert.equal(await flight.do('b', NEVER, work), 2);
  });

  test('tells a failure to all, and does the work again for those that come later', async () => {
    const flight = new SingleFlight<string>();
    const broken = new Error('broken');
    const work = (): Promise<string> => Promise.reject(broken);
    const results = await Promise.allSettled([flight.do('a', NEVER, work), flight.do('a', NEVER, work)]);
    assert.deepEqual(
      results.map((result) => result.status === 'rejected' && result.reason),
      [broken, broken],
    );
    assert.equal(await flight.do('a', NEVER, () => Promise.resolve('whole')), 'whole');
  });

  test('hands work that its bearer abandoned to one of those who wait', async () => {
    const flight = new SingleFlight<string>();
    const bearer = new AbortController();
    const first = flight.do('a', bearer.signal, () => ended(bearer.signal));
    let runs = 0;
    const again = async (): Promise<string> => `run ${++runs}`;
    const others = Promise.all([flight.do('a', NEVER, again), flight.do('a', NEVER, again)]);
    bearer.abort(new Abandoned());
    await assert.rejects(first, Abandoned);
    assert.deepEqual(await others, ['run 1', 'run 1']);
  });

  test('lets go of who does not want to wait any more', async () => {
    const flight = new SingleFlight<string>();
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = flight.do('a', NEVER, () => promise);
    const stop = new AbortController();
    const second = flight.do('a', stop.signal, () => Promise.resolve('never'));
    stop.abort(new Abandoned());
    await assert.rejects(second, Abandoned);
    resolve('done');
    assert.equal(await first, 'done');
  });
});

describe('together', () => {
  test('works on all at once', async () => {
    const done: number[] = [];
    await together([1, 2, 3], NEVER, async (item) => void done.push(item));
    assert.deepEqual(done, [1, 2, 3]);
    await together([], NEVER, () => Promise.reject(new Error('nothing to do')));
  });

  test('abandons the others at the first failure, and throws that when all have ended', async () => {
    const broken = new Error('broken');
    const seen: unknown[] = [];
    const working = together(['bad', 'good'], NEVER, async (item, signal) => {
      if (item === 'bad') throw broken;
      try {
        await ended(signal);
      } finally {
        seen.push(signal.reason);
      }
    });
    await assert.rejects(working, (error) => error === broken);
    assert.ok(seen[0] instanceof Abandoned);
  });

  test('passes an end from outside on', async () => {
    const stop = new AbortController();
    const working = together(['a'], stop.signal, (_item, signal) => ended(signal));
    stop.abort(new Error('stop'));
    await assert.rejects(working, /aborted/);
  });
});

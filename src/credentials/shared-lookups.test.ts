import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedLookups } from './shared-lookups.ts';

const clock = { now: () => 0 };

function pending(): {
  readonly lookup: (signal: AbortSignal) => Promise<string>;
  readonly signals: AbortSignal[];
} {
  const signals: AbortSignal[] = [];
  const lookup = async (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    const { promise, reject } = Promise.withResolvers<string>();
    signal.addEventListener('abort', () => reject(signal.reason));
    return await promise;
  };
  return { lookup, signals };
}

test('one who gives up leaves the lookup to the others; the last one ends it', async () => {
  const lookups = new SharedLookups<string>(clock, 10);
  const { lookup, signals } = pending();
  const [first, second] = [new AbortController(), new AbortController()];
  const gone = [new Error('first gone'), new Error('second gone')];
  const one = lookups.get('k', lookup, first.signal);
  const two = lookups.get('k', lookup, second.signal);
  first.abort(gone[0]);
  await assert.rejects(one, gone[0]);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [false],
  );
  second.abort(gone[1]);
  await assert.rejects(two, gone[1]);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true],
  );
});

test('what is kept has a bound, and what has ended goes', async () => {
  let now = 0;
  const lookups = new SharedLookups<string>({ now: () => now }, 10);
  const { signal } = new AbortController();
  for (let index = 0; index < 1500; index++) await lookups.get(`${index}`, async () => 'x', signal);
  assert.equal(lookups.size, 1000);
  assert.equal(await lookups.get('1499', () => assert.fail('it is kept'), signal), 'x');
  now = 10;
  await lookups.get('new', async () => 'x', signal);
  assert.equal(lookups.size, 1);
});

test('after an aborted lookup the next one starts anew', async () => {
  const lookups = new SharedLookups<string>(clock, 10);
  const controller = new AbortController();
  const abandoned = lookups.get('k', pending().lookup, controller.signal);
  controller.abort();
  await assert.rejects(abandoned, { name: 'AbortError' });
  assert.equal(await lookups.get('k', async () => 'fresh', new AbortController().signal), 'fresh');
});

test('nothing is looked up for a signal that is aborted already', async () => {
  const lookups = new SharedLookups<string>(clock, 10);
  const { lookup, signals } = pending();
  await assert.rejects(lookups.get('k', lookup, AbortSignal.abort()), { name: 'AbortError' });
  assert.deepEqual(signals, []);
});

test('a failure is shared but not kept', async () => {
  const lookups = new SharedLookups<string>(clock, 10);
  const signal = new AbortController().signal;
  const failure = new Error('locked');
  const fail = async (): Promise<string> => {
    throw failure;
  };
  const both = await Promise.allSettled([lookups.get('k', fail, signal), lookups.get('k', fail, signal)]);
  assert.deepEqual(both, [
    { status: 'rejected', reason: failure },
    { status: 'rejected', reason: failure },
  ]);
  assert.equal(await lookups.get('k', async () => 'open', signal), 'open');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchEvent } from './api.ts';
import { readWatchEvents } from './watch-events.ts';

async function* bytes(...chunks: readonly string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

function event(number: number): string {
  return `{"type":"ADDED","object":{"n":${number}}}\n`;
}

function added(n: number): WatchEvent {
  return { type: 'ADDED', object: { n } };
}

async function collect(batches: AsyncIterable<readonly WatchEvent[]>): Promise<(readonly WatchEvent[])[]> {
  const found: (readonly WatchEvent[])[] = [];
  for await (const batch of batches) found.push(batch);
  return found;
}

test('a batch for each chunk that ends a line; blank lines and half a last one are nothing', async () => {
  const chunks = bytes(
    event(1) + event(2) + event(3).slice(0, 9),
    event(3).slice(9),
    '\r\n\n',
    '{"type":"DEL',
  );
  assert.deepEqual(await collect(readWatchEvents(chunks, { now: () => 0 })), [
    [added(1), added(2)],
    [added(3)],
  ]);
});

test('nothing is read ahead of the consumer', async () => {
  let read = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.from(event(read++));
  }
  const batches = readWatchEvents(endless(), { now: () => 0 });
  for (const pulled of [1, 2, 3]) {
    await batches.next();
    assert.equal(read, pulled);
  }
  await batches.return();
});

test('ERROR events come like all others', async () => {
  const chunks = bytes('{"type":"ERROR","object":{"code":410}}\n');
  assert.deepEqual(await collect(readWatchEvents(chunks, { now: () => 0 })), [
    [{ type: 'ERROR', object: { code: 410 } }],
  ]);
});

test('after 10 ms of work everything else has its turn', async () => {
  let now = 0;
  const log: string[] = [];
  const options = {
    // Each look at the clock is a millisecond of work.
    now: () => now++,
    turn: async () => log.push('turn'),
  };
  const chunk = Array.from({ length: 25 }, (_, index) => event(index)).join('');
  for await (const batch of readWatchEvents(bytes(chunk), options)) log.push(String(batch.length));
  assert.deepEqual(log, ['10', 'turn', '10', 'turn', '5']);
});

test('the time of the consumer counts, over several chunks', async () => {
  let now = 0;
  const log: string[] = [];
  const options = { now: () => now, turn: async () => log.push('turn') };
  for await (const batch of readWatchEvents(bytes(event(1), event(2), event(3)), options)) {
    log.push(String(batch.length));
    now += 6;
  }
  assert.deepEqual(log, ['1', '1', 'turn', '1']);
});

for (const [name, line, message] of [
  ['no JSON', 'secret stuff', 'the server sent a line that is not JSON'],
  ['JSON of another kind', '["secret"]', 'the server sent a line that is no watch event'],
  ['an object without type', '{"kind":"Status"}', 'the server sent a line that is no watch event'],
] as const) {
  test(`a whole line that is ${name}`, async () => {
    const reading = collect(readWatchEvents(bytes(`${line}\n`), { now: () => 0 }));
    await assert.rejects(reading, { name: 'ContentError', message });
  });
}

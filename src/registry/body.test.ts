import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { placesForLargeBodies, readBody } from './body.ts';
import { ContentError } from './errors.ts';
import type { HttpResponse } from './transport.ts';

const MB = 1024 * 1024;
const { signal } = new AbortController();

/** An answer whose body comes piece by piece, as the test sends it. */
function answer(): { readonly response: HttpResponse; readonly body: IncomingMessage } {
  const body = new IncomingMessage(new Socket());
  return { body, response: { status: 200, headers: {}, challenges: [], body, privatePeer: false } };
}

function send(body: IncomingMessage, bytes: number): void {
  body.push(Buffer.alloc(bytes, 'a'));
}

/** Lets what is ready to go on do so. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('a body is read whole, and one beyond its limit refused', async () => {
  const { response, body } = answer();
  send(body, 3);
  body.push(null);
  assert.equal((await readBody(response, 3)).toString(), 'aaa');
  const longer = answer();
  send(longer.body, 4);
  await assert.rejects(readBody(longer.response, 3), ContentError);
});

test('of large bodies two are read at a time, of small ones any number', async () => {
  const places = placesForLargeBodies();
  const large = [answer(), answer(), answer(), answer()];
  const done: number[] = [];
  const reading = large.map(async ({ response }, index) => {
    await readBody(response, 8 * MB, { places, signal });
    done.push(index);
  });
  for (let piece = 0; piece < 2; piece++) {
    for (const { body } of large) send(body, MB);
    await turns();
  }
  assert.deepEqual(
    large.map(({ body }) => body.readableLength > 0),
    [false, false, true, true],
    'the third and the fourth wait with what they have',
  );
  const small = answer();
  send(small.body, 1000);
  small.body.push(null);
  assert.equal((await readBody(small.response, 8 * MB, { places, signal })).byteLength, 1000);
  for (const { body } of large) body.push(null);
  await Promise.all(reading);
  assert.deepEqual(new Set(done), new Set([0, 1, 2, 3]));
});

test('a large body that is cut, or not waited for any longer, gives its place back', async () => {
  const places = placesForLargeBodies();
  const given = new AbortController();
  const [first, second, third] = [answer(), answer(), answer()];
  const reading = [first, second].map(({ response }) => readBody(response, 8 * MB, { places, signal }));
  const waiting = readBody(third.response, 8 * MB, { places, signal: given.signal });
  for (const { body } of [first, second, third]) send(body, MB);
  await turns();
  given.abort(new Error('nobody waits'));
  await assert.rejects(waiting, /nobody waits/);
  for (const { body } of [first, second]) body.destroy(new Error('cut'));
  for (const read of reading) await assert.rejects(read, /cut/);
  const last = answer();
  send(last.body, MB);
  last.body.push(null);
  assert.equal((await readBody(last.response, 8 * MB, { places, signal })).byteLength, MB);
});

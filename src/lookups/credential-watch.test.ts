import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Puller } from '../kubernetes/index.ts';
import { parseReference } from '../oci/index.ts';
import { CredentialWatch, type Refused } from './credential-watch.ts';
import { FakeClock } from '../http/fake-clock.ts';

const INTERVAL = 180_000;

interface Item extends Refused {
  readonly name: string;
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function item(name: string): Item {
  const puller: Puller = { namespace: name, secrets: [], serviceAccount: undefined };
  return { name, pullers: [puller], reference: parseReference(`a.test/${name}:1`) };
}

function setUp() {
  const clock = new FakeClock();
  const prints = new Map<string, string | Error>();
  const asked: string[] = [];
  const changed: string[] = [];
  let [inFlight, most] = [0, 0];
  const watch = new CredentialWatch<Item>({
    access: {
      keychain: () => ({ credentials: async () => [] }),
      fingerprint: async ([puller]) => {
        asked.push(puller?.namespace ?? '');
        most = Math.max(most, ++inFlight);
        await Promise.resolve();
        inFlight--;
        const print = prints.get(puller?.namespace ?? '') ?? '';
        if (print instanceof Error) throw print;
        return print;
      },
    },
    clock,
    interval: INTERVAL,
    onChanged: ({ name }) => void changed.push(name),
  });
  return { clock, prints, asked, changed, watch, most: () => most };
}

test('a change is told once; what is the same is not', async () => {
  const { clock, prints, changed, watch } = setUp();
  watch.watch(item('a'));
  watch.watch(item('b'));
  await clock.advance(INTERVAL * 3, settle);
  assert.deepEqual(changed, []);
  prints.set('b', 'new');
  await clock.advance(INTERVAL * 3, settle);
  assert.deepEqual(changed, ['b']);
});

test('each is looked at once in its time, one after another', async () => {
  const { clock, asked, watch, most } = setUp();
  for (let index = 0; index < 20; index++) watch.watch(item(`${index}`));
  await clock.advance(0, settle);
  assert.equal(asked.length, 20);
  await clock.advance(INTERVAL, settle);
  assert.deepEqual([asked.length, most()], [40, 1]);
});

test('what cannot be read is no change', async () => {
  const { clock, prints, changed, watch } = setUp();
  watch.watch(item('a'));
  await clock.advance(INTERVAL, settle);
  prints.set('a', new Error('the API server is away'));
  await clock.advance(INTERVAL, settle);
  prints.delete('a');
  await clock.advance(INTERVAL, settle);
  assert.deepEqual(changed, []);
});

test('what is forgotten is not asked for, and nothing waits when nothing is watched', async () => {
  const { clock, asked, watch } = setUp();
  const [a, b] = [item('a'), item('b')];
  watch.watch(a);
  watch.watch(b);
  await clock.advance(0, settle);
  watch.forget(a);
  asked.length = 0;
  await clock.advance(INTERVAL, settle);
  assert.deepEqual(asked, ['b']);
  watch.stop();
  assert.equal(clock.sleepers, 0);
});

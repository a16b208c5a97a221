import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Credential, Withheld } from './keychain.ts';
import { Offers } from './offers.ts';

const { signal } = new AbortController();

function offersOf(answer: (path: string) => readonly (Credential | Withheld)[]): {
  offers: Offers;
  asked: string[];
} {
  const asked: string[] = [];
  const offers = new Offers({
    registry: 'r.example',
    keychain: {
      credentials: async ({ path }) => {
        asked.push(path);
        return answer(path);
      },
    },
    signal,
    batched: false,
  });
  return { offers, asked };
}

function withheld(error: Error): Withheld {
  return { kind: 'withheld', error };
}

describe('the key of a candidate', () => {
  const credentials: readonly Credential[] = [
    { kind: 'basic', username: 'a', password: 'b' },
    { kind: 'basic', username: 'a', password: 'c' },
    { kind: 'basic', username: 'a","b', password: '' },
    { kind: 'basic', username: 'a', password: '","b' },
    { kind: 'identity-token', token: 't' },
    { kind: 'registry-token', token: 't' },
    { kind: 'anonymous' },
  ];

  test('is another for every other credential, and holds no secret', async () => {
    const { offers } = offersOf(() => credentials);
    const keys = (await offers.for('a', signal)).candidates.map(({ key }) => key);
    assert.equal(new Set(keys).size, credentials.length);
    assert.ok(keys.every((key) => key === 'anonymous' || /^[\w-]{43}$/.test(key)));
  });

  test('is the same for the same credential, which is offered once', async () => {
    const again: Credential = { password: 'b', username: 'a', kind: 'basic' };
    const { offers } = offersOf(() => [...credentials, again]);
    assert.equal((await offers.for('a', signal)).candidates.length, credentials.length);
  });
});

test('who has nothing is nobody in particular', async () => {
  const { offers } = offersOf(() => []);
  assert.deepEqual(await offers.for('a', signal), {
    candidates: [{ key: 'anonymous', credential: { kind: 'anonymous' } }],
    withheld: undefined,
  });
});

test('what cannot be had is no candidate; the first of it is told', async () => {
  const [first, second] = [new Error('shut'), new Error('lost')];
  const { offers } = offersOf((path) =>
    path === 'a'
      ? [withheld(first), { kind: 'identity-token', token: 't' }, withheld(second)]
      : [withheld(second)],
  );
  const { candidates, withheld: told } = await offers.for('a', signal);
  assert.deepEqual([candidates.map(({ credential }) => credential.kind), told], [['identity-token'], first]);
  const alone = await offers.for('b', signal);
  assert.deepEqual(
    [alone.candidates.map(({ credential }) => credential.kind), alone.withheld],
    [['anonymous'], second],
  );
});

test('a keychain is asked once for a repository, until told to forget or after it failed', async () => {
  let fails = true;
  const { offers, asked } = offersOf(() => {
    if (fails) throw new Error('not yet');
    return [];
  });
  await assert.rejects(offers.for('a', signal), { message: 'not yet' });
  fails = false;
  await Promise.all([offers.for('a', signal), offers.for('a', signal), offers.for('b', signal)]);
  assert.deepEqual(asked, ['a', 'a', 'b']);
  offers.forget('a');
  await offers.for('a', signal);
  assert.deepEqual(asked, ['a', 'a', 'b', 'a']);
});

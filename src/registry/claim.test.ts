import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { ANN_BASIC, IMAGE, scopesOf, tokens, withAuthorized, WRONG } from '../../test/support/authorized.ts';
import { TestClient } from '../../test/support/client.ts';
import { listen } from '../../test/support/sending.ts';
import { parseReference } from '../oci/index.ts';
import { type EmbeddedRegistry, putImage, startRegistry } from '../testing/index.ts';
import { RegistryError, WithheldError } from './errors.ts';
import type { Credential, Keychain, Withheld } from './keychain.ts';

const TAG = { tag: '1', digest: undefined };
const ANONYMOUS: Credential = { kind: 'anonymous' };

function user(username: string): Credential {
  return { kind: 'basic', username, password: 'secret' };
}

function offering(...credentials: readonly (Credential | Withheld)[]): Keychain {
  return { credentials: async () => credentials };
}

/** What a look-up comes to: `found`, `undefined`, or the kind of its failure. */
async function lookUp(
  { client, signal }: TestClient,
  name: string,
  ...credentials: readonly (Credential | Withheld)[]
): Promise<string> {
  const reader = client.reader(parseReference(name), { keychain: offering(...credentials) });
  try {
    return (await reader.resolve(TAG, signal)) ? 'found' : 'undefined';
  } catch (error) {
    assert.ok(error instanceof RegistryError, String(error));
    return error.kind;
  }
}

describe('readers', () => {
  test('with equal credentials share tokens, bought for 24 repositories at once', async () => {
    await withAuthorized({ credentials: [], repositories: 50 }, async ({ registry, subject }) => {
      const all = (): Promise<string[]> =>
        Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            lookUp(subject, `${registry.host}/team/app-${index}:1`, { ...ANN_BASIC }),
          ),
        );
      assert.deepEqual(new Set(await all()), new Set(['found']));
      assert.deepEqual(registry.counts(), { '401': 1, token: 3, 'HEAD manifest': 50 });
      assert.deepEqual(
        tokens(registry).map((token) => scopesOf(token).length),
        [24, 24, 2],
      );
      registry.reset();
      await all();
      assert.deepEqual(registry.counts(), { 'HEAD manifest': 50 });
      assert.deepEqual(subject.asked, [], 'the keychain of the client is not asked');
    });
  });

  test('with other credentials never do', async () => {
    const rights = [{ repository: 'a', actions: ['pull'] }] as const;
    const users = [
      { name: 'ann', password: 'secret', rights },
      { name: 'bob', password: 'secret', rights: [] },
    ];
    await using registry = await startRegistry({ auth: { kind: 'token', users } });
    putImage(registry.store, 'a', '1', IMAGE);
    using subject = new TestClient();
    const name = `${registry.host}/a:1`;
    const outcomes = [
      await lookUp(subject, name, user('ann')),
      await lookUp(subject, name, user('bob')),
      await lookUp(subject, name),
      await lookUp(subject, name, user('ann')),
    ];
    assert.deepEqual(outcomes, ['found', 'unauthorized', 'unauthorized', 'found']);
    const both = [user('ann'), user('bob'), user('ann'), user('bob')];
    const mixed = await Promise.all(both.map((credential) => lookUp(subject, name, credential)));
    assert.deepEqual(mixed, ['found', 'unauthorized', 'found', 'unauthorized']);
  });

  test('ask their keychain once, and the next reader anew', async () => {
    await withAuthorized({ basic: true }, async ({ registry, subject }) => {
      let password = 'wrong';
      let asked = 0;
      const keychain: Keychain = {
        credentials: async () => {
          asked++;
          return [{ kind: 'basic', username: 'ann', password }];
        },
      };
      const read = (): ReturnType<TestClient['client']['reader']> =>
        subject.client.reader(parseReference(`${registry.host}/team/app-0:1`), { keychain });
      const before = read();
      for (let round = 0; round < 2; round++) {
        await assert.rejects(before.manifest(TAG, subject.signal), { kind: 'unauthorized' });
      }
      assert.equal(asked, 1);
      password = 'secret';
      const after = read();
      assert.equal((await after.manifest(TAG, subject.signal))?.digest, IMAGE.root.digest);
      assert.ok(await after.resolve(TAG, subject.signal));
      assert.equal(asked, 2);
    });
  });

  test('without a keychain of their own ask that of the client', async () => {
    await withAuthorized({}, async ({ registry, subject }) => {
      const reader = subject.client.reader(parseReference(`${registry.host}/team/app-0:1`));
      assert.equal((await reader.resolve(TAG, subject.signal))?.digest, IMAGE.root.digest);
    });
  });
});

/** A registry whose answer depends on who asks; everybody else is 401. */
async function withAnswers(
  answers: Readonly<Record<string, number>>,
  body: (setting: { subject: TestClient; name: string; seen: string[] }) => Promise<void>,
): Promise<void> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const encoded = request.headers.authorization?.split(' ')[1] ?? '';
    const [name = ''] = Buffer.from(encoded, 'base64').toString().split(':');
    seen.push(`${request.method} ${name}`.trim());
    const status = answers[name] ?? 401;
    const headers = {
      ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="x"' } : {}),
      ...(status === 429 ? { 'Retry-After': '5' } : {}),
      ...(status === 200 ? { 'Docker-Content-Digest': IMAGE.root.digest } : {}),
    };
    response.writeHead(status, headers).end();
  });
  using listening = await listen(server);
  using subject = new TestClient({ pace: { patience: 0, tries: 1 } });
  const name = `127.0.0.1:${listening.port}/a:1`;
  // Who asks first learns how the registry wants to be asked.
  await lookUp(subject, name);
  seen.length = 0;
  await body({ subject, name, seen });
}

describe('candidates', () => {
  const ANSWERS = { ok: 200, none: 404, may: 403, busy: 429, down: 502, odd: 400 };
  const cases: readonly {
    readonly offered: readonly string[];
    /** What somebody without credentials is told; 401 when not given. */
    readonly nobody?: number;
    readonly seen: readonly string[];
    readonly outcome: string;
  }[] = [
    { offered: ['ok', 'none'], seen: ['HEAD ok'], outcome: 'found' },
    {
      offered: ['who', 'may', 'none', 'ok'],
      seen: ['HEAD who', 'HEAD may', 'HEAD none', 'HEAD ok'],
      outcome: 'found',
    },
    { offered: ['none', 'may', 'who'], seen: ['HEAD none', 'HEAD may', 'HEAD who'], outcome: 'undefined' },
    { offered: ['who', 'may', 'none'], seen: ['HEAD who', 'HEAD may', 'HEAD none'], outcome: 'undefined' },
    { offered: ['none', 'none'], seen: ['HEAD none'], outcome: 'undefined' },
    { offered: ['odd', 'ok'], seen: ['HEAD odd', 'HEAD ok'], outcome: 'found' },
    { offered: ['odd', 'none'], seen: ['HEAD odd', 'HEAD none'], outcome: 'undefined' },
    { offered: ['odd', ''], nobody: 404, seen: ['HEAD odd', 'HEAD'], outcome: 'undefined' },
    { offered: ['who', 'busy', 'ok'], seen: ['HEAD who', 'HEAD busy'], outcome: 'rate_limited' },
    { offered: ['down', 'ok'], seen: ['HEAD down'], outcome: 'unavailable' },
    { offered: ['who', ''], nobody: 200, seen: ['HEAD who', 'HEAD'], outcome: 'found' },
    { offered: ['who', ''], nobody: 404, seen: ['HEAD who', 'HEAD'], outcome: 'undefined' },
    { offered: ['', 'ok'], nobody: 404, seen: ['HEAD', 'HEAD ok'], outcome: 'found' },
  ];
  for (const { offered, nobody = 401, seen: expected, outcome } of cases) {
    const told = nobody === 401 ? '' : `, nobody is told ${nobody}`;
    test(`${offered.map((name) => name || 'nobody').join(', ')}: ${outcome}${told}`, async () => {
      const answers: Record<string, number> = { ...ANSWERS };
      await withAnswers(answers, async ({ subject, name, seen }) => {
        answers[''] = nobody;
        const credentials = offered.map((username) => (username === '' ? ANONYMOUS : user(username)));
        assert.equal(await lookUp(subject, name, ...credentials), outcome);
        assert.deepEqual(seen, expected);
      });
    });
  }

  test('a refusal without words is asked for them; a credential that may not says more than one that is unknown', async () => {
    await withAnswers(ANSWERS, async ({ subject, name, seen }) => {
      assert.equal(await lookUp(subject, name, user('who'), user('may')), 'forbidden');
      assert.equal(await lookUp(subject, name, user('may'), user('who')), 'forbidden');
      assert.equal(await lookUp(subject, name, user('odd'), user('who')), 'unauthorized');
      assert.equal(await lookUp(subject, name, user('who'), user('odd')), 'unauthorized');
      assert.equal(await lookUp(subject, name, user('odd')), 'invalid_response');
      assert.ok(seen.includes('GET may'));
    });
    await withAnswers({ ...ANSWERS, '': 403 }, async ({ subject, name }) => {
      assert.equal(await lookUp(subject, name, user('who'), ANONYMOUS), 'forbidden');
    });
  });

  test('the one that worked is the first one next time, for the same offer only', async () => {
    await withAnswers(ANSWERS, async ({ subject, name, seen }) => {
      const offer = [user('may'), user('none'), user('ok')];
      for (let round = 0; round < 2; round++) assert.equal(await lookUp(subject, name, ...offer), 'found');
      assert.deepEqual(seen, ['HEAD may', 'HEAD none', 'HEAD ok', 'HEAD ok']);
      seen.length = 0;
      assert.equal(await lookUp(subject, name, user('none'), user('ok')), 'found');
      assert.deepEqual(seen, ['HEAD none', 'HEAD ok']);
    });
  });

  test('that worked and do no more are followed by the others', async () => {
    const answers: Record<string, number> = { ...ANSWERS };
    await withAnswers(answers, async ({ subject, name, seen }) => {
      const offer = [user('none'), user('ok'), user('may')];
      assert.equal(await lookUp(subject, name, ...offer), 'found');
      answers['ok'] = 404;
      answers['may'] = 200;
      seen.length = 0;
      assert.equal(await lookUp(subject, name, ...offer), 'found');
      assert.deepEqual(seen, ['HEAD ok', 'HEAD none', 'HEAD may']);
    });
  });

  test('a push stays with the credential that may not', async () => {
    await withAnswers(ANSWERS, async ({ name, seen }) => {
      using subject = new TestClient({
        credentials: { [name.split('/')[0] ?? '']: [user('may'), user('ok')] },
      });
      const reference = parseReference(name);
      await Promise.allSettled([subject.client.push(reference, IMAGE.root, [], subject.signal)]);
      assert.deepEqual(
        seen.filter((request) => request.startsWith('PUT')),
        ['PUT', 'PUT may'],
      );
    });
  });
});

describe('a credential that may be there and cannot be had', () => {
  const SHUT: Withheld = { kind: 'withheld', error: new Error('the vault is shut') };
  const cases: readonly (readonly [outcome: string, nobody: number, ...offered: string[]])[] = [
    ['found', 401, 'ok'],
    ['found', 401, 'who', 'ok'],
    ['found', 200],
    ['found', 200, 'who', ''],
    ['unavailable', 401],
    ['unavailable', 401, 'who', 'may', 'none', ''],
    ['unavailable', 404, 'who', ''],
    ['rate_limited', 401, 'who', 'busy'],
  ];
  for (const [outcome, nobody, ...offered] of cases) {
    test(`beside ${offered.map((name) => name || 'nobody').join(', ') || 'nothing'}: ${outcome}, nobody is told ${nobody}`, async () => {
      const answers: Record<string, number> = { ok: 200, none: 404, may: 403, busy: 429 };
      await withAnswers(answers, async ({ subject, name }) => {
        answers[''] = nobody;
        const credentials = offered.map((username) => (username === '' ? ANONYMOUS : user(username)));
        assert.equal(await lookUp(subject, name, SHUT, ...credentials), outcome);
      });
    });
  }

  test('is what the refusal comes to, with its words', async () => {
    await withAnswers({}, async ({ subject, name }) => {
      const reader = subject.client.reader(parseReference(name), { keychain: offering(SHUT) });
      await assert.rejects(reader.resolve(TAG, subject.signal), (error) => {
        assert.ok(error instanceof RegistryError && error.cause instanceof WithheldError);
        assert.match(error.message, /cannot look up tag "1": the vault is shut$/);
        return true;
      });
    });
  });

  test('does not change what a push comes to', async () => {
    await withAnswers({ may: 403 }, async ({ name }) => {
      using subject = new TestClient({
        credentials: { [name.split('/')[0] ?? '']: [SHUT, user('who')] },
      });
      const push = subject.client.push(parseReference(name), IMAGE.root, [], subject.signal);
      await assert.rejects(push, { name: 'RegistryError', kind: 'unauthorized' });
    });
  });
});

describe('nobody in particular', () => {
  const settings = [
    { name: 'gets a token of nobody', auth: { kind: 'token', users: [], anonymousPull: true } },
    {
      name: 'shows nothing where there are no tokens',
      auth: { kind: 'basic', users: [], anonymousPull: true },
    },
  ] as const;
  for (const { name, auth } of settings) {
    test(name, async () => {
      await using registry = await startRegistry({ auth });
      putImage(registry.store, 'a', '1', IMAGE);
      using subject = new TestClient();
      assert.equal(await lookUp(subject, `${registry.host}/a:1`, WRONG, ANONYMOUS), 'found');
      assert.equal(await lookUp(subject, `${registry.host}/a:1`, ANONYMOUS), 'found');
      assert.ok(shownLast(registry) !== 'basic');
    });
  }

  test('is not asked twice', async () => {
    await withAuthorized({ basic: true }, async ({ registry, subject }) => {
      const outcome = await lookUp(subject, `${registry.host}/team/app-0:1`, ANONYMOUS, ANN_BASIC);
      assert.equal(outcome, 'found');
      assert.deepEqual(registry.counts(), { '401': 1, 'HEAD manifest': 1 });
    });
  });
});

function shownLast({ requests }: EmbeddedRegistry): string | undefined {
  return requests.at(-1)?.authorization;
}

test('a wrong password does not spoil the tokens that others share', async () => {
  await withAuthorized({ repositories: 6 }, async ({ registry, subject }) => {
    const name = (index: number): string => `${registry.host}/team/app-${index}:1`;
    await lookUp(subject, name(0), ANN_BASIC);
    await Promise.all([lookUp(subject, name(1), WRONG), lookUp(subject, name(2), WRONG)]);
    registry.reset();
    await Promise.all([3, 4, 5].map((index) => lookUp(subject, name(index), ANN_BASIC)));
    assert.deepEqual(registry.counts(), { token: 1, 'HEAD manifest': 3 });
  });
});

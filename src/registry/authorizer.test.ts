import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QuickClock, TestClient } from '../../test/support/client.ts';
import { parseReference } from '../oci/index.ts';
import { buildImage, type EmbeddedRegistry, putImage, startRegistry, type User } from '../testing/index.ts';
import type { RequestRecord } from '../testing/index.ts';
import { RegistryError } from './errors.ts';
import type { Credential } from './keychain.ts';

const IMAGE = buildImage();
const { digest: DIGEST } = IMAGE.root;
const ANN: User = { name: 'ann', password: 'secret', identityToken: 'ann-for-ever' };
const BOB: User = {
  name: 'bob',
  password: 'b',
  rights: [{ repository: 'team/*', actions: ['pull', 'push'] }],
};
const ANN_BASIC: Credential = { kind: 'basic', username: 'ann', password: 'secret' };
const WRONG: Credential = { kind: 'basic', username: 'ann', password: 'wrong' };

interface Setting {
  readonly registry: EmbeddedRegistry;
  readonly subject: TestClient;
}

interface SettingOptions {
  readonly auth?: Partial<Parameters<typeof tokenAuth>[0]>;
  readonly basic?: boolean;
  readonly credentials?: readonly Credential[];
  readonly repositories?: number;
}

function tokenAuth(options: {
  readonly lifetimeSeconds?: number;
  readonly firstScopeOnly?: boolean;
  readonly separateOrigin?: boolean;
  readonly anonymousPull?: boolean;
}): { readonly kind: 'token'; readonly users: readonly User[] } & typeof options {
  return { kind: 'token', users: [ANN, BOB], ...options };
}

/** A registry that asks for tokens, with repositories `team/app-0` and on, and a client with credentials for it. */
async function withSetting(
  { auth = {}, basic = false, credentials = [ANN_BASIC], repositories = 1 }: SettingOptions,
  body: (setting: Setting) => Promise<void>,
): Promise<void> {
  const clock = new QuickClock();
  await using registry = await startRegistry({
    auth: basic ? { kind: 'basic', users: [ANN, BOB] } : tokenAuth(auth),
    now: () => clock.now(),
  });
  for (let index = 0; index < repositories; index++)
    putImage(registry.store, `team/app-${index}`, '1', IMAGE);
  using subject = new TestClient({ clock, credentials: { [registry.host]: credentials } });
  await body({ registry, subject });
}

async function resolveAll({ registry, subject }: Setting, count: number): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const found = await Promise.all(
    indexes.map((index) => subject.digestOf(`${registry.host}/team/app-${index}:1`)),
  );
  assert.deepEqual(found, Array(count).fill(DIGEST));
}

function scopesOf({ query }: RequestRecord): string[] {
  return new URLSearchParams(query).getAll('scope');
}

function tokens(registry: EmbeddedRegistry): readonly RequestRecord[] {
  return registry.requests.filter(({ kind }) => kind === 'token');
}

describe('tokens', () => {
  test('fifty look-ups meet the host with one 401, and share tokens of at most 24 repositories', async () => {
    await withSetting({ repositories: 50 }, async (setting) => {
      await resolveAll(setting, 50);
      const { registry } = setting;
      assert.deepEqual(registry.counts(), { '401': 1, token: 3, 'HEAD manifest': 50 });
      assert.deepEqual(
        tokens(registry).map((token) => scopesOf(token).length),
        [24, 24, 2],
      );
      registry.reset();
      await resolveAll(setting, 50);
      assert.deepEqual(registry.counts(), { 'HEAD manifest': 50 });
    });
  });

  test('the request names service, client and user, and the repository that matters first', async () => {
    await withSetting({ repositories: 2 }, async ({ registry, subject }) => {
      const reference = parseReference(`${registry.host}/team/app-1:2`);
      const rights = { push: true, from: 'team/app-0' };
      assert.equal(await subject.client.lookUpTarget(reference, rights, subject.signal), undefined);
      assert.deepEqual(
        tokens(registry).map(({ query, authorization }) => [
          authorization,
          ...new URLSearchParams(query).entries(),
        ]),
        [
          [
            'basic',
            ['service', 'tallyman-registry'],
            ['scope', 'repository:team/app-1:pull,push'],
            ['scope', 'repository:team/app-0:pull'],
            ['client_id', 'tallyman'],
            ['account', 'ann'],
          ],
        ],
      );
      registry.reset();
      await subject.digestOf(`${registry.host}/team/app-0:1`);
      assert.deepEqual(registry.counts(), { 'HEAD manifest': 1 }, 'a wider token serves a narrower wish');
    });
  });

  test('a service that reads only the first scope gets one request for each repository', async () => {
    await withSetting({ repositories: 10, auth: { firstScopeOnly: true } }, async (setting) => {
      await resolveAll(setting, 10);
      const { registry } = setting;
      const asked = tokens(registry).map((token) => scopesOf(token).length);
      // One batch that proves too narrow for nine, and one for each of these.
      assert.deepEqual(asked, [10, ...Array<number>(9).fill(1)]);
      assert.equal(registry.counts()['401'], 1 + 9);
      assert.equal(registry.counts()['HEAD manifest'], 10);
    });
  });

  test('a batch that is refused is bought one by one', async () => {
    await withSetting({ repositories: 3 }, async (setting) => {
      const { registry, subject } = setting;
      await subject.digestOf(`${registry.host}/team/app-0:1`);
      registry.reset();
      registry.faults.add({
        match: { kind: 'token', path: /app-1.*app-2|app-2.*app-1/ },
        action: { kind: 'status', status: 403, code: 'DENIED' },
      });
      await resolveAll(setting, 3);
      assert.deepEqual(
        tokens(registry).map((token) => `${scopesOf(token).length} ${token.status}`),
        ['2 403', '1 200', '1 200'],
      );
    });
  });

  test('a token service that is down is not asked for each repository of a batch', async () => {
    await withSetting({ repositories: 3 }, async (setting) => {
      const { registry, subject } = setting;
      await subject.digestOf(`${registry.host}/team/app-0:1`);
      registry.reset();
      registry.faults.add({ match: { kind: 'token' }, action: { kind: 'status', status: 500 } });
      await assert.rejects(
        resolveAll(setting, 3),
        /cannot look up tag "1": 500 Internal Server Error: token service \S+: no token$/,
      );
      assert.deepEqual(
        tokens(registry).map((token) => scopesOf(token).length),
        [2, 2, 2, 2, 2],
      );
    });
  });

  test('a token is renewed five seconds before it ends, and not before', async () => {
    await withSetting({ auth: { lifetimeSeconds: 120 } }, async (setting) => {
      const { registry, subject } = setting;
      await resolveAll(setting, 1);
      registry.reset();
      subject.clock.advance(114_999);
      await resolveAll(setting, 1);
      assert.deepEqual(registry.counts(), { 'HEAD manifest': 1 });
      subject.clock.advance(1);
      await resolveAll(setting, 1);
      assert.deepEqual(registry.counts(), { token: 1, 'HEAD manifest': 2 });
    });
  });

  test('a token that became worthless is bought anew once, for all that need it', async () => {
    await withSetting({ repositories: 20 }, async (setting) => {
      await resolveAll(setting, 20);
      const { registry } = setting;
      registry.reset();
      registry.revokeTokens();
      await resolveAll(setting, 20);
      const counts = registry.counts();
      assert.equal(counts['HEAD manifest'], 20);
      assert.ok((counts['401'] ?? 0) <= 20, `${counts['401']} refusals`);
      assert.ok((counts['token'] ?? 0) <= 4, `${counts['token']} tokens`);
    });
  });

  test('a refusal that stays is final after one new token', async () => {
    await withSetting({}, async (setting) => {
      const { registry, subject } = setting;
      await resolveAll(setting, 1);
      registry.reset();
      registry.faults.add({
        match: { method: 'PUT' },
        action: {
          kind: 'status',
          status: 401,
          code: 'UNAUTHORIZED',
          headers: { 'WWW-Authenticate': `Bearer realm="${registry.url}/token",service="tallyman-registry"` },
        },
      });
      const reference = parseReference(`${registry.host}/team/app-0:2`);
      await assert.rejects(
        subject.client.push(reference, IMAGE.root, [], subject.signal),
        (error) => error instanceof RegistryError && error.status === 401,
      );
      assert.deepEqual(registry.counts(), { token: 2, '401': 2 });
    });
  });
});

describe('credentials', () => {
  const outcomes: readonly {
    readonly name: string;
    readonly credentials: readonly Credential[];
    readonly basic?: boolean;
    readonly counts: Readonly<Record<string, number>>;
  }[] = [
    {
      name: 'user and password',
      credentials: [ANN_BASIC],
      counts: { '401': 1, token: 1, 'HEAD manifest': 1 },
    },
    {
      name: 'a wrong one first',
      credentials: [WRONG, ANN_BASIC],
      counts: { '401': 2, token: 1, 'HEAD manifest': 1 },
    },
    {
      name: 'user and password without tokens',
      credentials: [ANN_BASIC],
      basic: true,
      counts: { '401': 1, 'HEAD manifest': 1 },
    },
    {
      name: 'a wrong one first without tokens',
      credentials: [WRONG, ANN_BASIC],
      basic: true,
      counts: { '401': 2, 'HEAD manifest': 1 },
    },
    {
      name: 'an identity token',
      credentials: [{ kind: 'identity-token', token: 'ann-for-ever' }],
      counts: { '401': 1, token: 1, 'HEAD manifest': 1 },
    },
  ];
  for (const { name, credentials, basic = false, counts } of outcomes) {
    test(`${name}, then remembered`, async () => {
      await withSetting({ credentials, basic }, async (setting) => {
        await resolveAll(setting, 1);
        assert.deepEqual(setting.registry.counts(), counts);
        setting.registry.reset();
        await resolveAll(setting, 1);
        assert.deepEqual(setting.registry.counts(), { 'HEAD manifest': 1 });
      });
    });
  }

  test('an access token is sent as it is', async () => {
    await withSetting(
      { credentials: [{ kind: 'registry-token', token: 'no-such-token' }] },
      async (setting) => {
        await assert.rejects(resolveAll(setting, 1), /401 Unauthorized/);
        const sent = setting.registry.requests.map(({ kind, authorization }) => `${kind} ${authorization}`);
        assert.deepEqual(sent.slice(0, 2), ['HEAD manifest ', 'HEAD manifest bearer']);
        assert.ok(!sent.includes('token '), 'nothing is bought');
      },
    );
  });

  test('an identity token is a password where a service knows no POST', async () => {
    await withSetting(
      { credentials: [{ kind: 'identity-token', token: 'ann-for-ever' }] },
      async (setting) => {
        const { registry } = setting;
        registry.faults.add({
          match: { kind: 'token', method: 'POST' },
          action: { kind: 'status', status: 404 },
        });
        await assert.rejects(
          resolveAll(setting, 1),
          /401 Unauthorized: token service \S+: UNAUTHORIZED: incorrect username/,
        );
        assert.deepEqual(
          tokens(registry)
            .map(({ method, authorization }) => `${method} ${authorization}`)
            .slice(0, 2),
          ['POST ', 'GET basic'],
        );
      },
    );
  });

  test('without credentials a registry that wants some is not asked twice', async () => {
    await withSetting({ credentials: [], basic: true }, async ({ registry, subject }) => {
      const reference = parseReference(`${registry.host}/team/app-0:1`);
      assert.equal(await subject.client.lookUpTarget(reference, {}, subject.signal), undefined);
      assert.deepEqual(registry.counts(), { '401': 1 });
    });
  });

  test('whoever may pull anonymously does', async () => {
    await withSetting({ credentials: [], auth: { anonymousPull: true } }, async (setting) => {
      await resolveAll(setting, 1);
      assert.deepEqual(
        tokens(setting.registry).map(({ authorization }) => authorization),
        [''],
      );
    });
  });

  test('the keychain is asked once for each repository', async () => {
    await withSetting({ repositories: 3 }, async (setting) => {
      await Promise.all([resolveAll(setting, 3), resolveAll(setting, 3)]);
      assert.equal(setting.subject.asked.length, 3);
    });
  });

  test('a keychain that fails is told with the repository', async () => {
    await withSetting({}, async ({ registry }) => {
      using subject = new TestClient({
        credentials: new Proxy(
          {},
          {
            get: () => {
              throw new Error('helper docker-credential-x failed');
            },
          },
        ),
      });
      await assert.rejects(
        subject.digestOf(`${registry.host}/team/app-0:1`),
        /\/team\/app-0: cannot look up tag "1": helper docker-credential-x failed$/,
      );
    });
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IMAGE, resolveAll, scopesOf, tokens, withAuthorized } from '../../test/support/authorized.ts';
import { TestClient } from '../../test/support/client.ts';
import { parseReference } from '../oci/index.ts';
import { putImage, startRegistry } from '../testing/index.ts';
import { RegistryError } from './errors.ts';

describe('tokens', () => {
  test('fifty look-ups meet the host with one 401, and share tokens of at most 24 repositories', async () => {
    await withAuthorized({ repositories: 50 }, async (setting) => {
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

  test('a first contact that breaks is made again alone', async () => {
    await withAuthorized({ repositories: 20 }, async (setting) => {
      const { registry } = setting;
      registry.faults.add({
        match: { kind: 'token' },
        times: 1,
        action: { kind: 'cut-request', afterBytes: 0 },
      });
      await resolveAll(setting, 20);
      assert.deepEqual(registry.counts(), { '401': 1, token: 2, 'HEAD manifest': 20 });
    });
    let arrived = 0;
    await using open = await startRegistry({
      sleep: async () => {
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
        arrived = open.requests.length;
      },
    });
    putImage(open.store, 'a', '1', IMAGE);
    open.faults.add(
      { match: {}, times: 2, action: { kind: 'cut-request', afterBytes: 0 } },
      { match: {}, times: 1, action: { kind: 'delay', ms: 1 } },
    );
    using subject = new TestClient();
    await Promise.all(Array.from({ length: 9 }, () => subject.digestOf(`${open.host}/a:1`)));
    assert.equal(arrived, 3, 'the others wait for the first answer');
  });

  test('the request names service, client and user, and the repository that matters first', async () => {
    await withAuthorized({ repositories: 2 }, async ({ registry, subject }) => {
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
    await withAuthorized({ repositories: 10, auth: { firstScopeOnly: true } }, async (setting) => {
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
    await withAuthorized({ repositories: 3 }, async (setting) => {
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
    await withAuthorized({ repositories: 3 }, async (setting) => {
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
    await withAuthorized({ auth: { lifetimeSeconds: 120 } }, async (setting) => {
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
    await withAuthorized({ repositories: 20 }, async (setting) => {
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
    await withAuthorized({}, async (setting) => {
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

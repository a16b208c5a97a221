import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ANN_BASIC, resolveAll, tokens, withAuthorized, WRONG } from '../../test/support/authorized.ts';
import { TestClient } from '../../test/support/client.ts';
import { parseReference } from '../oci/index.ts';
import type { Credential } from './keychain.ts';

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
      await withAuthorized({ credentials, basic }, async (setting) => {
        await resolveAll(setting, 1);
        assert.deepEqual(setting.registry.counts(), counts);
        setting.registry.reset();
        await resolveAll(setting, 1);
        assert.deepEqual(setting.registry.counts(), { 'HEAD manifest': 1 });
      });
    });
  }

  test('an access token is sent as it is', async () => {
    await withAuthorized(
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
    await withAuthorized(
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
    await withAuthorized({ credentials: [], basic: true }, async ({ registry, subject }) => {
      const reference = parseReference(`${registry.host}/team/app-0:1`);
      assert.equal(await subject.client.lookUpTarget(reference, {}, subject.signal), undefined);
      assert.deepEqual(registry.counts(), { '401': 1 });
    });
  });

  test('whoever may pull anonymously does', async () => {
    await withAuthorized({ credentials: [], auth: { anonymousPull: true } }, async (setting) => {
      await resolveAll(setting, 1);
      assert.deepEqual(
        tokens(setting.registry).map(({ authorization }) => authorization),
        [''],
      );
    });
  });

  test('the keychain is asked once for each repository', async () => {
    await withAuthorized({ repositories: 3 }, async (setting) => {
      await Promise.all([resolveAll(setting, 3), resolveAll(setting, 3)]);
      assert.equal(setting.subject.asked.length, 3);
    });
  });

  test('a keychain that fails is told with the repository', async () => {
    await withAuthorized({}, async ({ registry }) => {
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

import assert from 'node:assert/strict';
import { type ApiCase, assertFailure, podsPath, watchPath } from './protocol.ts';

/** Who may come in, and what they may do. */
export const ACCESS_CASES: readonly ApiCase[] = [
  {
    name: 'access: a token that nobody has',
    async run({ client }) {
      assertFailure(await client.send('GET', '/api/v1/pods', { token: 'nobody' }), {
        code: 401,
        reason: 'Unauthorized',
        message: 'Unauthorized',
      });
    },
  },
  {
    name: 'access: without a token, health and version only',
    async run({ client }) {
      for (const path of ['/readyz', '/version']) {
        assert.equal((await client.send('GET', path, { token: '' })).status, 200);
      }
      assertFailure(await client.send('GET', '/api/v1/pods', { token: '' }), {
        code: 403,
        reason: 'Forbidden',
        message:
          'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
        details: { kind: 'pods' },
      });
    },
  },
  {
    name: 'access: a user without rights is told what is missing',
    async run(context) {
      const { client, namespace, userName, userToken: token } = context;
      const forbidden = (
        subject: string,
        missing: string,
        details: object,
      ): Parameters<typeof assertFailure>[1] => ({
        code: 403,
        reason: 'Forbidden',
        message: `${subject} is forbidden: User "${userName}" cannot ${missing}`,
        details,
      });
      const here = `in the namespace "${namespace}"`;
      for (const [path, subject, missing, details] of [
        [
          '/apis/apps/v1/deployments',
          'deployments.apps',
          'list resource "deployments" in API group "apps" at the cluster scope',
          { group: 'apps', kind: 'deployments' },
        ],
        [podsPath(context), 'pods', `list resource "pods" in API group "" ${here}`, { kind: 'pods' }],
        [
          watchPath(podsPath(context), {}),
          'pods',
          `watch resource "pods" in API group "" ${here}`,
          { kind: 'pods' },
        ],
        [
          `${podsPath(context)}/a`,
          'pods "a"',
          `get resource "pods" in API group "" ${here}`,
          { name: 'a', kind: 'pods' },
        ],
        [
          `/api/v1/namespaces/${namespace}`,
          `namespaces "${namespace}"`,
          `get resource "namespaces" in API group "" ${here}`,
          { name: namespace, kind: 'namespaces' },
        ],
      ] as const) {
        assertFailure(await client.send('GET', path, { token }), forbidden(subject, missing, details));
      }
      assertFailure(await client.send('GET', '/nothing', { token }), {
        code: 403,
        reason: 'Forbidden',
        message: `forbidden: User "${userName}" cannot get path "/nothing"`,
        details: {},
      });
    },
  },
  {
    name: 'access: rights are by verb and resource',
    async run(context) {
      const { client, userToken: token } = context;
      await context.grant(['list'], ['pods']);
      const status = async (path: string): Promise<number> =>
        (await client.send('GET', path, { token })).status;
      assert.equal(await status('/api/v1/pods'), 200);
      assert.equal(await status('/api/v1/secrets'), 403);
      assert.equal(await status(watchPath('/api/v1/pods', { timeoutSeconds: '1' })), 403);
      await context.grant(['list', 'watch'], ['pods']);
      assert.equal(
        await status(watchPath('/api/v1/pods', { resourceVersion: '0', timeoutSeconds: '1' })),
        200,
      );
    },
  },
];

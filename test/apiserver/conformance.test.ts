import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startApiServer } from '../../src/testing/index.ts';
import { startKubeApiserver } from '../support/kube-apiserver.ts';
import { KubeClient } from '../support/kube-client.ts';
import { type EtcdAge, findKube, requireKube } from '../support/kube-programs.ts';
import { ACCESS_CASES } from './access-cases.ts';
import { runExpiry } from './expiry-case.ts';
import { LIST_CASES } from './list-cases.ts';
import { OBJECT_CASES } from './object-cases.ts';
import type { ApiCaseContext } from './protocol.ts';
import { WATCH_CASES } from './watch-cases.ts';

const CASES = [...OBJECT_CASES, ...LIST_CASES, ...WATCH_CASES, ...ACCESS_CASES];
const EXPIRY = CASES.length;
const users = Array.from({ length: CASES.length + 1 }, (_, index) => `user-${index}`);

interface Server extends AsyncDisposable {
  readonly watchProgress: boolean;
  readonly client: KubeClient;
  grant(user: string, ...rights: Parameters<ApiCaseContext['grant']>): Promise<void>;
  /** Forgets all versions but the newest, and ends every connection. */
  forget(): Promise<void>;
}

test('no two cases have one name', () => {
  assert.equal(new Set(CASES.map(({ name }) => name)).size, CASES.length);
});

for (const watchProgress of [true, false]) {
  const storage = watchProgress ? '' : ', its storage without watch progress';
  conformance(`the embedded API server${storage}`, () => startEmbedded(watchProgress));
}
conformance('kube-apiserver with etcd 3.6', () => startReal('new'), 'new');
conformance("kube-apiserver with Debian's etcd 3.4", () => startReal('old'), 'old');

/** Runs all cases against one server, and last the one that all others would feel. */
function conformance(title: string, start: () => Promise<Server | undefined>, etcd?: EtcdAge): void {
  describe(`conformance of ${title}`, () => {
    let server: Server | undefined;
    before(async () => {
      server = await start();
    });
    after(() => server?.[Symbol.asyncDispose]());
    const contextOf = async (index: number): Promise<[Server, ApiCaseContext]> => {
      assert.ok(server, 'the server is not there');
      const namespace = `case-${index}`;
      await server.client.ok('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
      return [server, caseContext(server, namespace, users[index] ?? '')];
    };
    describe('cases', { concurrency: true }, () => {
      for (const [index, { name, run }] of CASES.entries()) {
        test(name, async (t) => {
          if (etcd !== undefined && (await requireKube(t, etcd)) === undefined) return;
          const [, context] = await contextOf(index);
          await run(context);
        });
      }
    });
    test('versions that are forgotten', async (t) => {
      if (etcd !== undefined && (await requireKube(t, etcd)) === undefined) return;
      const [running, context] = await contextOf(EXPIRY);
      await runExpiry(context, () => running.forget());
    });
  });
}

function caseContext(server: Server, namespace: string, userName: string): ApiCaseContext {
  return {
    client: server.client,
    namespace,
    watchProgress: server.watchProgress,
    userName,
    userToken: `${userName}-token`,
    grant: (verbs, resources) => server.grant(userName, verbs, resources),
  };
}

async function startEmbedded(watchProgress: boolean): Promise<Server> {
  const admin = { name: 'admin', token: 'admin-token' };
  const others = users.map((name) => ({ name, token: `${name}-token`, rights: [] }));
  const server = await startApiServer({ users: [admin, ...others], features: { watchProgress } });
  return {
    watchProgress,
    client: new KubeClient(server.url, { token: admin.token }),
    async grant(user, verbs, resources) {
      server.grant(user, [{ verbs, resources }]);
    },
    async forget() {
      server.compact();
      await server.restart();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function startReal(etcd: EtcdAge): Promise<Server | undefined> {
  const programs = await findKube(etcd);
  if (typeof programs === 'string') return undefined;
  const server = await startKubeApiserver(programs, { etcd, users });
  return {
    watchProgress: etcd === 'new',
    client: server.admin,
    grant: (user, verbs, resources) => server.grant(user, [{ apiGroups: [''], resources, verbs }]),
    async forget() {
      await server.compact();
      await server.restart();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

import assert from 'node:assert/strict';
import {
  type ApiCase,
  type ApiCaseContext,
  assertStatus,
  createPods,
  deployment,
  type ExpectedFailure,
  forbiddenOption,
  list,
  mergePatch,
  optionsFailure,
  pod,
  podsPath,
  told,
  tooLarge,
  watchPath,
} from './protocol.ts';

const FUTURE = 999_999_999;
const WATCH_LIST = {
  sendInitialEvents: 'true',
  resourceVersionMatch: 'NotOlderThan',
  allowWatchBookmarks: 'true',
};
const NOT_OLDER = forbiddenOption('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
const NO_PROGRESS: ExpectedFailure = {
  code: 500,
  reason: 'InternalError',
  message:
    'a watch stream was requested by the client but the required storage feature RequestWatchProgress is disabled',
};

const REFUSED: readonly (readonly [Readonly<Record<string, string>>, ExpectedFailure])[] = [
  [
    { resourceVersion: '1', resourceVersionMatch: 'NotOlderThan' },
    optionsFailure(
      forbiddenOption('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    ),
  ],
  [{ sendInitialEvents: 'true' }, optionsFailure(NOT_OLDER)],
  [
    { sendInitialEvents: 'true', resourceVersionMatch: 'Exact' },
    optionsFailure(NOT_OLDER, {
      field: 'resourceVersionMatch',
      reason: 'FieldValueNotSupported',
      message: 'Unsupported value: "Exact": supported values: "NotOlderThan"',
    }),
  ],
  [
    { continue: 'abc' },
    optionsFailure(forbiddenOption('resourceVersionMatch is forbidden when continue is provided')),
  ],
  [
    { resourceVersion: 'abc' },
    {
      code: 500,
      message: 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    },
  ],
];

/** Watches: where they begin, what they tell, how they end. */
export const WATCH_CASES: readonly ApiCase[] = [
  {
    name: 'watch: from a version, everything after it in order',
    async run(context) {
      const { client } = context;
      const path = podsPath(context);
      const { resourceVersion = '' } = (await list(client, path, {})).metadata;
      const [made] = await createPods(context, ['a', 'b']);
      await mergePatch(client, `${path}/a`, { metadata: { labels: { x: 'y' } } });
      await client.ok('DELETE', `${path}/b?gracePeriodSeconds=0`);
      const { status, events } = await client.watch(
        watchPath(path, { resourceVersion }),
        ({ type }) => type === 'DELETED',
      );
      assert.equal(status, 200);
      // A pod may be marked before it is gone.
      const changes = told(events).filter((event) => event !== 'MODIFIED b');
      assert.deepEqual(changes, ['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
      assert.deepEqual(events[0]?.object, made);
      const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => a - b),
        'the end of an object has a version of its own',
      );
      assert.equal(new Set(versions).size, versions.length);
    },
  },
  {
    name: 'watch: what happens while it is open',
    async run(context) {
      const { client } = context;
      const { resourceVersion = '' } = (await list(client, podsPath(context), {})).metadata;
      const watching = client.watch(
        watchPath(podsPath(context), { resourceVersion }),
        ({ object }) => object.metadata.name === 'b',
      );
      await createPods(context, ['a', 'b']);
      assert.deepEqual(told((await watching).events), ['ADDED a', 'ADDED b']);
    },
  },
  {
    name: 'watch: any version begins with what there is',
    async run(context) {
      await createPods(context, ['a', 'b']);
      const query = watchPath(podsPath(context), { resourceVersion: '0' });
      const { events } = await context.client.watch(query, ({ object }) => object.metadata.name === 'b');
      assert.deepEqual(told(events), ['ADDED a', 'ADDED b']);
    },
  },
  {
    name: 'watch: the newest version, which a storage without progress cannot name after others changed',
    async run(context) {
      const { client, namespace } = context;
      const path = `/api/v1/namespaces/${namespace}/replicationcontrollers`;
      const { spec } = deployment('a');
      // No other case writes objects of this kind, but all write others.
      await client.ok('POST', path, { body: { metadata: { name: 'a' }, spec: { template: spec.template } } });
      await createPods(context, ['b']);
      const { events } = await client.watch(watchPath(path, {}), () => true);
      if (context.watchProgress) {
        assert.deepEqual(told(events), ['ADDED a']);
        return;
      }
      const wanted = /version: (\d+),/.exec(events[0]?.object.message ?? '')?.[1];
      assertStatus(events[0]?.object, tooLarge(Number(wanted), events[0]?.object ?? {}));
    },
  },
  {
    name: 'watch: what begins to match is added, what matches no more is deleted as it was',
    async run(context) {
      const { client } = context;
      const path = podsPath(context);
      const { resourceVersion = '' } = (await list(client, path, {})).metadata;
      await client.ok('POST', path, { body: pod('a', { app: 'x' }) });
      await client.ok('POST', path, { body: pod('b', { app: 'y' }) });
      for (const app of ['y', 'x', null]) {
        await mergePatch(client, `${path}/a`, { metadata: { labels: { app, since: String(app) } } });
      }
      await client.ok('POST', path, { body: pod('end', { app: 'x' }) });
      const { events } = await client.watch(
        watchPath(path, { resourceVersion, labelSelector: 'app=x' }),
        ({ object }) => object.metadata.name === 'end',
      );
      assert.deepEqual(told(events), ['ADDED a', 'DELETED a', 'ADDED a', 'DELETED a', 'ADDED end']);
      assert.deepEqual(events[1]?.object.metadata.labels, { app: 'x' });
      assert.notEqual(
        events[1]?.object.metadata.resourceVersion,
        events[0]?.object.metadata.resourceVersion,
        'under the version of the change',
      );
    },
  },
  {
    name: 'watch: of all namespaces, of one object',
    async run(context) {
      const { client, namespace } = context;
      const { resourceVersion = '' } = (await list(client, '/api/v1/pods', {})).metadata;
      await createPods(context, ['a', 'b', 'c']);
      const fieldSelector = `metadata.namespace=${namespace},metadata.name!=b`;
      const query = watchPath('/api/v1/pods', { resourceVersion, fieldSelector });
      const all = await client.watch(query, ({ object }) => object.metadata.name === 'c');
      assert.deepEqual(told(all.events), ['ADDED a', 'ADDED c']);
    },
  },
  {
    name: 'watch: ends when its time is up, a bookmark shortly before',
    async run(context) {
      const { client } = context;
      const [made] = await createPods(context, ['a']);
      const { resourceVersion = '' } = made?.metadata ?? {};
      await client.ok('POST', `/api/v1/namespaces/${context.namespace}/secrets`, {
        body: { metadata: { name: 's' } },
      });
      const query = { resourceVersion, timeoutSeconds: '3', allowWatchBookmarks: 'true' };
      const { events } = await client.watch(watchPath(podsPath(context), query), () => false);
      // Bookmarks are promised to nobody, and without progress there may be nothing to mark.
      if (!context.watchProgress) return;
      assert.deepEqual([...new Set(told(events))], ['BOOKMARK']);
      const { kind, metadata, spec } = events[0]?.object ?? { metadata: {} };
      assert.deepEqual([kind, spec, metadata.annotations], ['Pod', { containers: null }, undefined]);
      assert.ok(Number(metadata.resourceVersion) > Number(resourceVersion));
    },
  },
  {
    name: 'watch: ends when its time is up, and there are no bookmarks for those who did not ask',
    async run(context) {
      const [made] = await createPods(context, ['a']);
      const { resourceVersion = '' } = made?.metadata ?? {};
      const query = watchPath(podsPath(context), { resourceVersion, timeoutSeconds: '1' });
      assert.deepEqual(await context.client.watch(query, () => false), {
        status: 200,
        events: [],
        refusal: undefined,
      });
    },
  },
  {
    name: 'watch: options that are refused',
    async run(context) {
      for (const [query, expected] of REFUSED) {
        const { status, refusal } = await context.client.watch(
          watchPath(podsPath(context), query),
          () => true,
        );
        assert.equal(status, expected.code);
        assertStatus(refusal, expected);
      }
    },
  },
  {
    name: 'streamed list: what there is, a bookmark that says so, and what happens then',
    async run(context) {
      const { client } = context;
      await createPods(context, ['a', 'b']);
      for (const version of [{}, { resourceVersion: '0' }]) {
        const query = watchPath(podsPath(context), { ...WATCH_LIST, ...version });
        const { status, events } = await client.watch(query, ({ type }) => type === 'BOOKMARK');
        assert.equal(status, 200);
        if (!context.watchProgress) {
          assert.equal(events.length, 1);
          assertStatus(events[0]?.object, NO_PROGRESS);
          continue;
        }
        assert.deepEqual(told(events), ['ADDED a', 'ADDED b', 'BOOKMARK']);
        const { kind, metadata } = events[2]?.object ?? { metadata: {} };
        assert.deepEqual([kind, metadata.annotations], ['Pod', { 'k8s.io/initial-events-end': 'true' }]);
        await assertGoesOn(context, metadata.resourceVersion ?? '');
      }
    },
  },
  {
    name: 'streamed list: a version that is not there yet',
    async run(context) {
      const query = watchPath(podsPath(context), { ...WATCH_LIST, resourceVersion: String(FUTURE) });
      const { status, events } = await context.client.watch(query, () => true);
      assert.deepEqual([status, events[0]?.type], [200, 'ERROR']);
      const expected = context.watchProgress ? tooLarge(FUTURE, events[0]?.object ?? {}) : NO_PROGRESS;
      assertStatus(events[0]?.object, expected);
    },
  },
];

/** The version of the bookmark is one to go on from. */
async function assertGoesOn(context: ApiCaseContext, resourceVersion: string): Promise<void> {
  const name = `after-${resourceVersion}`;
  await createPods(context, [name]);
  const query = watchPath(podsPath(context), { resourceVersion });
  const { events } = await context.client.watch(query, () => true);
  assert.deepEqual(told(events), [`ADDED ${name}`]);
  await context.client.ok('DELETE', `${podsPath(context)}/${name}`);
}

import assert from 'node:assert/strict';
import {
  type ApiCase,
  assertFailure,
  createPods,
  type ExpectedFailure,
  forbiddenOption,
  get,
  list,
  names,
  optionsFailure,
  pod,
  podsPath,
  tooLarge,
} from './protocol.ts';

const FIVE = ['a', 'b', 'c', 'd', 'e'];
const FUTURE = 999_999_999;
const UNLESS_VERSION = forbiddenOption(
  'resourceVersionMatch is forbidden unless resourceVersion is provided',
);

/** Queries of lists that are refused, whatever there is. */
const REFUSED: readonly (readonly [Readonly<Record<string, string>>, ExpectedFailure])[] = [
  [{ resourceVersionMatch: 'Exact' }, optionsFailure(UNLESS_VERSION)],
  [
    { resourceVersion: '0', resourceVersionMatch: 'Exact' },
    optionsFailure(forbiddenOption('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')),
  ],
  [
    { resourceVersion: '1', resourceVersionMatch: 'Newest' },
    optionsFailure({
      field: 'resourceVersionMatch',
      reason: 'FieldValueNotSupported',
      message: 'Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""',
    }),
  ],
  [
    { continue: 'abc', resourceVersionMatch: 'Exact' },
    optionsFailure(
      UNLESS_VERSION,
      forbiddenOption('resourceVersionMatch is forbidden when continue is provided'),
    ),
  ],
  [
    { sendInitialEvents: 'true' },
    optionsFailure(forbiddenOption('sendInitialEvents is forbidden for list', 'sendInitialEvents')),
  ],
  [
    { resourceVersion: 'abc' },
    badRequest(
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ),
  ],
  [{ limit: 'x' }, badRequest('strconv.ParseInt: parsing "x": invalid syntax')],
  [{ fieldSelector: 'spec.nothing=x' }, badRequest('field label not supported: spec.nothing')],
  [{ fieldSelector: 'nothing' }, badRequest("invalid selector: 'nothing'; can't understand 'nothing'")],
];

const LABELS = { a: { app: 'x', tier: '1' }, b: { app: 'y', tier: '2' }, c: { app: 'x', tier: '3' }, d: {} };

const SELECTED: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
  [{ labelSelector: 'app=x' }, 'a c'],
  [{ labelSelector: 'app==x,tier!=1' }, 'c'],
  [{ labelSelector: 'app!=x' }, 'b d'],
  [{ labelSelector: 'tier in (1,2)' }, 'a b'],
  [{ labelSelector: 'tier notin (1, 2),app' }, 'c'],
  [{ labelSelector: 'app' }, 'a b c'],
  [{ labelSelector: '!app' }, 'd'],
  [{ fieldSelector: 'metadata.name=b' }, 'b'],
  [{ fieldSelector: 'metadata.name!=b,status.phase=Pending' }, 'a c d'],
  [{ fieldSelector: 'spec.nodeName=' }, 'a b c d'],
  [{ fieldSelector: 'status.phase!=Pending' }, ''],
  [{ labelSelector: 'app=x', fieldSelector: 'metadata.name=a' }, 'a'],
];

/** Lists: pages, versions, selectors, compression. */
export const LIST_CASES: readonly ApiCase[] = [
  {
    name: 'list: items have no kind of their own, and the list has a version',
    async run(context) {
      await createPods(context, ['a']);
      const { items, metadata } = await list(context.client, podsPath(context), {});
      assert.deepEqual([items?.length, items?.[0]?.kind, items?.[0]?.apiVersion], [1, undefined, undefined]);
      assert.match(metadata.resourceVersion ?? '', /^\d+$/);
    },
  },
  {
    name: 'list: pages show one state, whatever changes meanwhile',
    async run(context) {
      const { client } = context;
      await createPods(context, FIVE);
      const first = await list(client, podsPath(context), { limit: '2' });
      assert.deepEqual([names(first), first.metadata.remainingItemCount], [['a', 'b'], 3]);
      await createPods(context, ['bb', 'f']);
      await client.ok('DELETE', `${podsPath(context)}/c`);
      const second = await list(client, podsPath(context), {
        limit: '2',
        continue: first.metadata.continue ?? '',
      });
      assert.deepEqual([names(second), second.metadata.remainingItemCount], [['c', 'd'], 1]);
      const last = await list(client, podsPath(context), {
        limit: '2',
        continue: second.metadata.continue ?? '',
      });
      assert.deepEqual([names(last), last.metadata.continue], [['e'], undefined]);
      const versions = [second, last].map(({ metadata }) => metadata.resourceVersion);
      assert.deepEqual(versions, [first.metadata.resourceVersion, first.metadata.resourceVersion]);
      assert.deepEqual(names(await list(client, podsPath(context), {})), ['a', 'b', 'bb', 'd', 'e', 'f']);
    },
  },
  {
    name: 'list: pages of all namespaces, in the order of namespace, slash and name',
    async run({ client, namespace }) {
      const other = `${namespace}-2`;
      await client.ok('POST', '/api/v1/namespaces', { body: { metadata: { name: other } } });
      for (const [place, name] of [
        [namespace, 'a'],
        [other, 'b'],
        [namespace, 'c'],
      ] as const) {
        const body = pod(name, { case: namespace });
        await client.ok('POST', `/api/v1/namespaces/${place}/pods`, { body });
      }
      const query = { limit: '1', labelSelector: `case=${namespace}` };
      const pages = [await list(client, '/api/v1/pods', query)];
      for (
        let token = pages[0]?.metadata.continue;
        token !== undefined;
        token = pages.at(-1)?.metadata.continue
      ) {
        pages.push(await list(client, '/api/v1/pods', { ...query, continue: token }));
      }
      assert.deepEqual(pages.flatMap(names), ['b', 'a', 'c']);
    },
  },
  {
    name: 'list: a selector leaves the count of the rest unknown',
    async run(context) {
      for (const name of FIVE) {
        await context.client.ok('POST', podsPath(context), {
          body: pod(name, { app: name === 'b' ? 'y' : 'x' }),
        });
      }
      const query = { limit: '2', labelSelector: 'app=x' };
      const page = await list(context.client, podsPath(context), query);
      assert.deepEqual([names(page), page.metadata.remainingItemCount], [['a', 'c'], undefined]);
      const rest = await list(context.client, podsPath(context), {
        ...query,
        continue: page.metadata.continue ?? '',
      });
      assert.deepEqual(names(rest), ['d', 'e']);
    },
  },
  {
    name: 'list: a version of 0 knows no pages',
    async run(context) {
      await createPods(context, FIVE);
      const all = await list(context.client, podsPath(context), { limit: '2', resourceVersion: '0' });
      assert.deepEqual([names(all), all.metadata.continue], [FIVE, undefined]);
    },
  },
  {
    name: 'list: exactly a version, or none that is older',
    async run(context) {
      const { client } = context;
      const [, second] = await createPods(context, ['a', 'b', 'c']);
      const resourceVersion = second?.metadata.resourceVersion ?? '';
      for (const [query, expected] of [
        [{ resourceVersionMatch: 'Exact' }, ['a', 'b']],
        [{ limit: '1' }, ['a']],
        [{ resourceVersionMatch: 'NotOlderThan' }, ['a', 'b', 'c']],
        [{ resourceVersionMatch: 'NotOlderThan', limit: '1' }, ['a']],
        [{}, ['a', 'b', 'c']],
      ] as const) {
        const found = await list(client, podsPath(context), { resourceVersion, ...query });
        assert.deepEqual(names(found), expected, JSON.stringify(query));
        const exact = 'limit' in query ? !('resourceVersionMatch' in query) : expected.length === 2;
        assert.equal(found.metadata.resourceVersion === resourceVersion, exact, JSON.stringify(query));
      }
      const page = await list(client, podsPath(context), { resourceVersion, limit: '1' });
      const next = await list(client, podsPath(context), { continue: page.metadata.continue ?? '' });
      assert.deepEqual(names(next), ['b']);
    },
  },
  {
    name: 'list: a version that is not there yet',
    async run(context) {
      for (const query of [{}, { resourceVersionMatch: 'NotOlderThan' }]) {
        const refused = await get(context.client, podsPath(context), {
          resourceVersion: String(FUTURE),
          ...query,
        });
        assertFailure(refused, tooLarge(FUTURE, JSON.parse(refused.text)));
        assert.equal(refused.headers['retry-after'], '1');
      }
    },
  },
  {
    name: 'list: options that are refused',
    async run(context) {
      for (const [query, expected] of REFUSED) {
        assertFailure(await get(context.client, podsPath(context), query), expected);
      }
      const deployments = `/apis/apps/v1/namespaces/${context.namespace}/deployments`;
      assertFailure(
        await get(context.client, deployments, { fieldSelector: 'spec.nodeName=x' }),
        badRequest(
          '"spec.nodeName" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
      );
      for (const query of [{ continue: 'abc' }, { labelSelector: 'a===b' }, { labelSelector: 'a in b' }]) {
        const refused = await get(context.client, podsPath(context), query);
        assert.deepEqual([refused.status, JSON.parse(refused.text).reason], [400, 'BadRequest']);
      }
      await createPods(context, ['a', 'b']);
      const page = await list(context.client, podsPath(context), { limit: '1' });
      const both = { continue: page.metadata.continue ?? '', resourceVersion: '5' };
      assertFailure(
        await get(context.client, podsPath(context), both),
        badRequest('specifying resource version is not allowed when using continue'),
      );
    },
  },
  {
    name: 'list: selectors',
    async run(context) {
      for (const [name, labels] of Object.entries(LABELS)) {
        await context.client.ok('POST', podsPath(context), { body: pod(name, labels) });
      }
      for (const [query, expected] of SELECTED) {
        const found = names(await list(context.client, podsPath(context), query)).join(' ');
        assert.equal(found, expected, JSON.stringify(query));
      }
    },
  },
  {
    name: 'list: big bodies are compressed for those who take it',
    async run({ client, namespace }) {
      const path = `/api/v1/namespaces/${namespace}/secrets`;
      const stringData = { key: 'text '.repeat(40_000) };
      const headers = { 'Accept-Encoding': 'gzip' };
      assert.equal((await client.send('GET', path, { headers })).headers['content-encoding'], undefined);
      await client.ok('POST', path, { body: { metadata: { name: 'big' }, stringData } });
      const packed = await client.send('GET', path, { headers });
      assert.equal(packed.headers['content-encoding'], 'gzip');
      const plain = await client.send('GET', path);
      assert.equal(plain.headers['content-encoding'], undefined);
      assert.deepEqual(JSON.parse(packed.text).items, JSON.parse(plain.text).items);
    },
  },
];

function badRequest(message: string): ExpectedFailure {
  return { code: 400, reason: 'BadRequest', message };
}

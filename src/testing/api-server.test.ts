import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { makeCertificates } from '../../test/support/certificates.ts';
import { KubeClient, type KubeEvent } from '../../test/support/kube-client.ts';
import { requireTool } from '../../test/support/tools.ts';
import type { ApiFaultAction } from './api-faults.ts';
import { startApiServer } from './api-server.ts';
import { failure } from './api-status.ts';

const PODS = '/api/v1/pods';
const WATCH = `${PODS}?watch=true&resourceVersion=0`;
const REFUSED: ApiFaultAction = { kind: 'refuse', status: 429, retryAfterSeconds: 7, message: 'too many' };

test('what is asked is counted by verb and resource, until it is reset', async () => {
  await using server = await startApiServer({
    users: [{ name: 'admin', token: 't' }],
    sleep: async () => {},
  });
  const client = new KubeClient(server.url, { token: 't' });
  for (const path of [PODS, `${PODS}?limit=2`, '/api/v1/namespaces/default', '/readyz']) {
    await client.send('GET', path);
  }
  await client.send('GET', PODS, { token: 'other' });
  await client.watch(`${WATCH}&timeoutSeconds=1&limit=5`, () => false);
  const counts = { 'list pods': 2, 'get namespaces': 1, 'GET /readyz': 1, '401': 1, 'watch pods': 1 };
  assert.deepEqual(server.counts(), counts);
  assert.deepEqual(server.requests.map(({ kind, query, status }) => [kind, query, status]).slice(1, 2), [
    ['list pods', 'limit=2', 200],
  ]);
  server.reset();
  assert.deepEqual([server.counts(), server.connections], [{}, 0]);
});

test('objects are put as they are, kept by their names, and deleted', async () => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'u', controller: true };
  await using server = await startApiServer({ objects: [pod('a', { ownerReferences: [owner] })] });
  const client = new KubeClient(server.url);
  const first = await client.ok('GET', '/api/v1/namespaces/default/pods/a');
  assert.deepEqual(first.metadata.ownerReferences, [owner]);
  const again = server.put({ ...pod('a'), spec: {}, status: { phase: 'Failed' } });
  const read = await client.ok('GET', '/api/v1/namespaces/default/pods/a');
  assert.deepEqual(read, again);
  assert.deepEqual([read.metadata.uid, read.metadata.generation], [first.metadata.uid, 2]);
  assert.equal(read.metadata.resourceVersion, server.resourceVersion);
  assert.deepEqual([server.delete(pod('a')), server.delete(pod('a'))], [true, false]);
  assert.deepEqual((await client.ok('GET', PODS)).items, []);
  assert.throws(() => server.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }), {
    message: 'the API server has no v1 Node',
  });
});

test('requests can be refused, so many of a kind', async () => {
  await using server = await startApiServer({
    faults: [{ match: { kind: 'list pods' }, after: 1, times: 1, action: REFUSED }],
  });
  const client = new KubeClient(server.url);
  const answers = [];
  for (let count = 0; count < 3; count++) answers.push(await client.send('GET', PODS));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 429, 200],
  );
  assert.equal(answers[1]?.headers['retry-after'], '7');
  assert.deepEqual(JSON.parse(answers[1]?.text ?? ''), {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'too many',
    reason: 'TooManyRequests',
    details: { retryAfterSeconds: 7 },
    code: 429,
  });
});

test('connections can be dropped, cut and left hanging', async () => {
  await using server = await startApiServer({ objects: [pod('a')] });
  const client = new KubeClient(server.url);
  for (const action of [
    { kind: 'cut-request', afterBytes: 0 },
    { kind: 'cut-response' },
    { kind: 'cut-response', afterBytes: 100 },
  ] as const) {
    server.faults.add({ match: {}, times: 1, action });
    await assert.rejects(client.send('GET', PODS), { code: 'ECONNRESET' });
    assert.equal((await client.send('GET', PODS)).status, 200);
  }
  server.faults.add({ match: { kind: 'list pods' }, action: { kind: 'hang' } });
  server.faults.add({ match: {}, action: REFUSED });
  const hanging = assert.rejects(client.send('GET', PODS));
  await until(() => server.requests.length === 7);
  assert.equal((await client.send('GET', '/readyz')).status, 429, 'others are answered meanwhile');
  await server.stop();
  await hanging;
});

test('watches can go wrong after so many events', async () => {
  await using server = await startApiServer({ objects: [pod('a'), pod('b'), pod('c')] });
  const client = new KubeClient(server.url);
  const error = failure(500, 'etcd is gone').status;
  for (const [end, afterEvents, expected] of [
    ['end', 0, { told: [] }],
    ['end', 2, { told: ['ADDED a', 'ADDED b'] }],
    ['cut', 2, { told: ['ADDED a', 'ADDED b'], code: 'ECONNRESET' }],
    ['mid-line', 1, { told: ['ADDED a'], code: 'ECONNRESET' }],
    [{ error }, 0, { told: ['ERROR 500'] }],
    [{ error }, 1, { told: ['ADDED a', 'ERROR 500'] }],
  ] as const) {
    server.faults.add({
      match: { kind: 'watch pods' },
      times: 1,
      action: { kind: 'watch', afterEvents, end },
    });
    assert.deepEqual(await toTheEnd(client), expected);
  }
});

test('a stream that is cut in mid-line ends in half an event', async () => {
  await using server = await startApiServer({ objects: [pod('a')] });
  const trouble = { kind: 'watch', afterEvents: 0, end: 'mid-line' } as const;
  server.faults.add({ match: {}, action: trouble });
  const { body } = await fetch(server.url + WATCH);
  assert.ok(body);
  let text = '';
  await assert.rejects(async () => {
    for await (const piece of body) text += Buffer.from(piece).toString();
  });
  assert.match(text, /^\{"type":"ADDED","object":\{"kind":"Pod"/);
  assert.ok(!text.includes('\n'));
});

test('open watches can be ended or silenced, of one resource or of all', async () => {
  await using server = await startApiServer({ objects: [pod('a')] });
  const client = new KubeClient(server.url);
  const [pods, silent, jobs] = [WATCH, WATCH, '/apis/batch/v1/jobs?watch=true'].map((path) => {
    const seen: KubeEvent[] = [];
    const ended = client
      .watch(path, (event) => (seen.push(event), event.type === 'BOOKMARK'))
      .catch(() => 'cut');
    return { seen, ended };
  });
  await until(() => server.openWatches() === 3 && pods?.seen.length === 1 && silent?.seen.length === 1);
  assert.deepEqual([server.openWatches('pods'), server.openWatches('jobs')], [2, 1]);
  server.endWatches('silent', 'pods');
  server.put(pod('b'));
  server.endWatches('end', 'pods');
  server.endWatches('end', 'jobs');
  assert.deepEqual(await jobs?.ended, { status: 200, events: [], refusal: undefined });
  assert.equal(server.openWatches(), 2, 'the silent ones stay open');
  await server.stop();
  assert.deepEqual([await pods?.ended, await silent?.ended], ['cut', 'cut']);
  assert.deepEqual([pods?.seen.length, silent?.seen.length], [1, 1]);
});

test('bookmarks come in time, and when they are wanted', async () => {
  const pauses: number[] = [];
  await using server = await startApiServer({
    features: { bookmarkMs: 3_000 },
    sleep: async (ms) => void pauses.push(ms),
  });
  const path = `${PODS}?watch=true&resourceVersion=${server.resourceVersion}&timeoutSeconds=10`;
  const client = new KubeClient(server.url);
  const { events } = await client.watch(`${path}&allowWatchBookmarks=true`, () => false);
  assert.deepEqual(pauses, [3_000, 3_000, 2_000, 2_000]);
  assert.deepEqual(
    events.map(({ type, object }) => `${type} ${object.metadata.resourceVersion}`),
    Array<string>(3).fill(`BOOKMARK ${server.resourceVersion}`),
  );
  assert.deepEqual((await client.watch(path, () => false)).events, []);
  await using still = await startApiServer();
  const watching = new KubeClient(still.url).watch(`${path}00&allowWatchBookmarks=true`, () => true);
  await until(() => still.openWatches() === 1);
  still.bookmark();
  assert.deepEqual(
    (await watching).events.map(({ type }) => type),
    ['BOOKMARK'],
  );
});

test('streamed lists can be switched off, as old servers have it', async () => {
  await using server = await startApiServer({ features: { watchList: false } });
  const query =
    'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const { status, refusal } = await new KubeClient(server.url).watch(`${PODS}?${query}`, () => true);
  assert.deepEqual([status, refusal?.reason], [422, 'Invalid']);
  assert.match(
    refusal?.message ?? '',
    /sendInitialEvents is forbidden for watch unless the WatchList feature gate/,
  );
});

test('a restart drops all, refuses for a while, and has the same objects on the same port', async () => {
  await using server = await startApiServer({ objects: [pod('a')] });
  const client = new KubeClient(server.url);
  const before = server.resourceVersion;
  const watching = assert.rejects(client.watch(WATCH, () => false));
  await until(() => server.openWatches() === 1);
  server.put(pod('b'));
  const { url } = server;
  await server.restart(async () => {
    await watching;
    await assert.rejects(client.send('GET', PODS), { code: 'ECONNREFUSED' });
  });
  assert.equal(server.url, url);
  assert.equal((await client.ok('GET', PODS)).items?.length, 2);
  const exact = `${PODS}?resourceVersion=${before}&resourceVersionMatch=Exact`;
  assert.equal((await client.ok('GET', exact)).items?.length, 1, 'the storage remembers');
  const { events } = await client.watch(`${PODS}?watch=true&resourceVersion=${before}`, () => true);
  assert.deepEqual(
    events.map(({ object }) => object.code),
    [410],
  );
});

test('a token that was changed lets nobody in, and what is open goes on', async () => {
  await using server = await startApiServer({ users: [{ name: 'we', token: 'old' }] });
  const client = new KubeClient(server.url, { token: 'old' });
  const watching = client.watch(`${PODS}?watch=true`, () => true);
  await until(() => server.openWatches() === 1);
  server.rotateToken('we', 'new');
  const status = async (token: string): Promise<number> => (await client.send('GET', PODS, { token })).status;
  assert.deepEqual([await status('old'), await status('new')], [401, 200]);
  server.put(pod('a'));
  assert.equal((await watching).events[0]?.type, 'ADDED');
  server.grant('we', [{ verbs: ['list'], resources: ['pods'], namespace: 'default' }]);
  assert.equal(await status('new'), 403);
  assert.equal((await client.send('GET', '/api/v1/namespaces/default/pods', { token: 'new' })).status, 200);
  assert.throws(() => server.rotateToken('nobody', 'x'), { message: 'the API server has no user nobody' });
});

test('serves TLS', async (t) => {
  const openssl = await requireTool(t, 'openssl');
  if (openssl === undefined) return;
  const { ca, server: tls } = await makeCertificates(openssl);
  await using server = await startApiServer({ tls });
  assert.match(server.url, /^https:/);
  assert.equal((await new KubeClient(server.url, { ca }).send('GET', '/readyz')).text, 'ok');
});

function pod(name: string, metadata: object = {}): Record<string, unknown> {
  const spec = { containers: [{ name: 'app', image: 'example/app:1' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec };
}

/** Gives the server and its clients their turns until something is so. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** What a watch tells, and how it breaks off if it does. */
async function toTheEnd(client: KubeClient): Promise<{ told: string[]; code?: string }> {
  const told: string[] = [];
  const note = ({ type, object }: KubeEvent): boolean => {
    told.push(`${type} ${object.metadata.name ?? object.code}`);
    return false;
  };
  try {
    await client.watch(WATCH, note);
    return { told };
  } catch (error) {
    return { told, code: error instanceof Error && 'code' in error ? String(error.code) : '' };
  }
}

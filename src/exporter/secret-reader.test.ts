import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeCluster, pullSecret, refusal, serviceAccount } from './fake-cluster.ts';

const PULL = '/api/v1/namespaces/team/secrets/pull';
const MINUTE = 60_000;
const signal = new AbortController().signal;

test('what is kept of a secret and of a service account', async () => {
  const { reader } = fakeCluster({
    [PULL]: pullSecret('7', { 'r.example': 'me' }),
    '/api/v1/namespaces/team/serviceaccounts/default': serviceAccount('8', 'pull', 'other'),
  });
  const { version, content } = await reader.pullSecret('team', 'pull', signal);
  assert.equal(version, '7');
  assert.deepEqual(
    content.map(({ key, credential }) => [key.text, credential]),
    [['r.example', { kind: 'basic', username: 'me', password: 'pw' }]],
  );
  assert.deepEqual(await reader.serviceAccount('team', 'default', signal), {
    version: '8',
    content: ['pull', 'other'],
  });
});

for (const [what, account] of Object.entries({
  nothing: undefined,
  'no list': { imagePullSecrets: 'pull' },
  'nameless references': { imagePullSecrets: [null, {}, { name: 7 }, 'pull'] },
})) {
  test(`a service account with ${what} has no pull secrets`, async () => {
    const { reader } = fakeCluster({
      '/api/v1/namespaces/team/serviceaccounts/default': account ?? {},
    });
    assert.deepEqual(await reader.serviceAccount('team', 'default', signal), { version: '', content: [] });
  });
}

test('an object is read once for all who wait, and again when it is five minutes old', async () => {
  const cluster = fakeCluster({ [PULL]: pullSecret('1', { 'r.example': 'me' }) });
  const read = async (): Promise<string> => (await cluster.reader.pullSecret('team', 'pull', signal)).version;
  assert.deepEqual(await Promise.all([read(), read(), read()]), ['1', '1', '1']);
  cluster.objects.set(PULL, pullSecret('2', { 'r.example': 'me' }));
  cluster.now = 5 * MINUTE - 1;
  assert.equal(await read(), '1');
  assert.equal(cluster.asked.length, 1);
  cluster.now = 5 * MINUTE;
  assert.equal(await read(), '2');
  assert.equal(cluster.asked.length, 2);
});

test('a clock that is set back does not keep an object for longer', async () => {
  const cluster = fakeCluster({ [PULL]: pullSecret('1', {}) });
  cluster.now = 1_000_000_000;
  const read = async (): Promise<string> => (await cluster.reader.pullSecret('team', 'pull', signal)).version;
  assert.equal(await read(), '1');
  cluster.objects.set(PULL, pullSecret('2', {}));
  cluster.now -= 3_600_000;
  assert.equal(await read(), '2');
});

test('secrets full of entries are forgotten before they fill the memory', async () => {
  const users = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`r${index}.example`, 'me']));
  const cluster = fakeCluster();
  const read = async (index: number): Promise<number> => {
    cluster.objects.set(`/api/v1/namespaces/evil/secrets/s${index}`, pullSecret('1', users));
    const { content } = await cluster.reader.pullSecret('evil', `s${index}`, signal);
    return content.length;
  };
  for (let index = 0; index < 200; index++) assert.equal(await read(index), 250);
  cluster.asked.length = 0;
  await read(199);
  await read(130);
  assert.deepEqual(cluster.asked, []);
  await read(100);
  assert.equal(cluster.asked.length, 1, 'eighty of them have twenty thousand entries');
});

test('a service account has no more than 32 pull secrets', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `s${index}`);
  const { reader } = fakeCluster({
    '/api/v1/namespaces/team/serviceaccounts/default': serviceAccount('1', ...names),
  });
  assert.deepEqual((await reader.serviceAccount('team', 'default', signal)).content, names.slice(0, 32));
});

test('a secret that does not exist is no fault, and is looked for again later', async () => {
  const cluster = fakeCluster();
  const read = async (): Promise<unknown> => await cluster.reader.pullSecret('team', 'pull', signal);
  assert.deepEqual(await read(), { version: 'absent', content: [] });
  cluster.objects.set(PULL, pullSecret('1', {}));
  assert.deepEqual(await read(), { version: 'absent', content: [] });
  cluster.now = 5 * MINUTE;
  assert.deepEqual(await read(), { version: '1', content: [] });
  assert.deepEqual(cluster.faults, []);
});

test('a forbidden secret is reported with the way out, once as new, and tried again later', async () => {
  const cluster = fakeCluster({ [PULL]: refusal(403, 'Forbidden') });
  const read = async (): Promise<string> => (await cluster.reader.pullSecret('team', 'pull', signal)).version;
  const fault = {
    source: 'pull-secret',
    reason: 'forbidden',
    message: 'cannot get it: 403 Forbidden: no; allow get on secrets, or set --k8s-keychain=false',
    repeated: false,
  };
  assert.deepEqual([await read(), await read()], ['forbidden', 'forbidden']);
  assert.deepEqual(cluster.faults, [fault]);
  cluster.now = 5 * MINUTE;
  assert.equal(await read(), 'forbidden');
  assert.deepEqual(cluster.faults, [fault, { ...fault, repeated: true }]);
  cluster.objects.set(PULL, pullSecret('1', {}));
  cluster.now = 10 * MINUTE;
  assert.equal(await read(), '1');
  cluster.objects.set(PULL, refusal(403, 'Forbidden'));
  cluster.now = 15 * MINUTE;
  assert.equal(await read(), 'forbidden');
  assert.deepEqual(cluster.faults.at(-1), fault);
});

test('a secret that was taken away is not used any longer', async () => {
  for (const [error, version] of [
    [refusal(403, 'Forbidden'), 'forbidden'],
    [refusal(404, 'NotFound'), 'absent'],
  ] as const) {
    const cluster = fakeCluster({ [PULL]: pullSecret('1', { 'r.example': 'me' }) });
    await cluster.reader.pullSecret('team', 'pull', signal);
    cluster.objects.set(PULL, error);
    cluster.now = 5 * MINUTE;
    assert.deepEqual(await cluster.reader.pullSecret('team', 'pull', signal), { version, content: [] });
  }
});

test('a broken secret is reported without its words, and has no content until it changes', async () => {
  const broken = {
    metadata: { resourceVersion: '1' },
    type: 'kubernetes.io/dockercfg',
    data: { '.dockercfg': btoa('{"r.example": s3cret}') },
  };
  const cluster = fakeCluster({ [PULL]: broken });
  assert.deepEqual(await cluster.reader.pullSecret('team', 'pull', signal), { version: '1', content: [] });
  const message = 'secret team/pull: .dockercfg, line 1, column 15: not valid JSON';
  assert.deepEqual(cluster.faults, [{ source: 'pull-secret', reason: 'invalid', message, repeated: false }]);
  cluster.objects.set(PULL, pullSecret('2', { 'r.example': 'me' }));
  cluster.now = 5 * MINUTE;
  assert.equal((await cluster.reader.pullSecret('team', 'pull', signal)).content.length, 1);
});

test('while the server does not answer the last copy counts, and it is asked again after half a minute', async () => {
  const cluster = fakeCluster({ [PULL]: pullSecret('1', { 'r.example': 'me' }) });
  const read = async (): Promise<string> => (await cluster.reader.pullSecret('team', 'pull', signal)).version;
  await read();
  cluster.objects.set(PULL, refusal(503, 'ServiceUnavailable'));
  cluster.now = 5 * MINUTE;
  assert.deepEqual([await read(), await read()], ['1', '1']);
  assert.equal(cluster.asked.length, 2);
  cluster.objects.set(PULL, pullSecret('2', {}));
  cluster.now += MINUTE / 2;
  assert.equal(await read(), '2');
  assert.deepEqual(
    cluster.faults.map(({ reason }) => reason),
    ['unavailable'],
  );
});

test('without a copy a server that does not answer is an error, for half a minute the same', async () => {
  const failure = refusal(503, 'ServiceUnavailable');
  const cluster = fakeCluster({ [PULL]: failure });
  const read = async (): Promise<unknown> => await cluster.reader.pullSecret('team', 'pull', signal);
  await assert.rejects(read(), failure);
  await assert.rejects(read(), failure);
  assert.equal(cluster.asked.length, 1);
  cluster.now = MINUTE / 2;
  await assert.rejects(read(), failure);
  assert.deepEqual(
    cluster.faults.map(({ repeated }) => repeated),
    [false, true],
  );
});

test('one who gives up leaves the reading to the others', async () => {
  const answer = Promise.withResolvers<void>();
  const cluster = fakeCluster({ [PULL]: pullSecret('1', {}) });
  cluster.hold = async () => await answer.promise;
  const impatient = new AbortController();
  const reason = new Error('gone');
  const first = cluster.reader.pullSecret('team', 'pull', impatient.signal);
  const second = cluster.reader.pullSecret('team', 'pull', signal);
  impatient.abort(reason);
  await assert.rejects(first, reason);
  answer.resolve();
  assert.equal((await second).version, '1');
  assert.equal(cluster.asked.length, 1);
});

test('an ended reader reports nothing', async () => {
  const cluster = fakeCluster({ [PULL]: pullSecret('1', {}) });
  const reason = new Error('shutting down');
  cluster.stop.abort(reason);
  await assert.rejects(cluster.reader.pullSecret('team', 'pull', signal), reason);
  assert.deepEqual(cluster.faults, []);
});

test('a name that no object can have does not reach the server', async () => {
  const cluster = fakeCluster();
  for (const name of [
    '',
    '.',
    '..',
    '../configmaps/x',
    'a/b',
    'a?b',
    'a%2fb',
    'A',
    'a\n',
    '-a',
    'a'.repeat(254),
  ]) {
    const found = await cluster.reader.pullSecret('team', name, signal);
    assert.deepEqual(found, { version: 'absent', content: [] }, name);
    await cluster.reader.serviceAccount(name, 'default', signal);
  }
  assert.deepEqual(cluster.asked, []);
});

test('a copy that nobody used for six hours is dropped', async () => {
  const cluster = fakeCluster({ [PULL]: pullSecret('1', { 'r.example': 'me' }) });
  await cluster.reader.pullSecret('team', 'pull', signal);
  cluster.now = 6 * 60 * MINUTE;
  await cluster.reader.pullSecret('team', 'other', signal);
  const failure = refusal(503, 'ServiceUnavailable');
  cluster.objects.set(PULL, failure);
  await assert.rejects(cluster.reader.pullSecret('team', 'pull', signal), failure);
});

test('of more than 10,000 objects those used longest ago are dropped', async () => {
  const cluster = fakeCluster({ [PULL]: pullSecret('1', {}) });
  await cluster.reader.pullSecret('team', 'pull', signal);
  await cluster.reader.pullSecret('team', 'unused', signal);
  for (let count = 0; count < 9999; count++) {
    await cluster.reader.pullSecret('team', `s${count}`, signal);
    if (count === 5000) await cluster.reader.pullSecret('team', 'pull', signal);
  }
  const before = cluster.asked.length;
  await cluster.reader.pullSecret('team', 'pull', signal);
  assert.equal(cluster.asked.length, before);
  await cluster.reader.pullSecret('team', 'unused', signal);
  assert.equal(cluster.asked.length, before + 1);
});

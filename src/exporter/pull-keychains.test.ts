import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialError } from '../credentials/index.ts';
import type { Puller } from '../kubernetes/index.ts';
import { parseReference } from '../oci/index.ts';
import type { Credential, Keychain } from '../registry/index.ts';
import { PullKeychains } from './pull-keychains.ts';
import { type FakeCluster, fakeCluster, pullSecret, refusal, serviceAccount } from './fake-cluster.ts';
import type { CredentialFault } from './secret-reader-objects.ts';

const signal = new AbortController().signal;
const NOBODY: Keychain = { credentials: async () => [] };
const EXPIRED = 300_000;
const { repository: REPOSITORY } = parseReference('r.example/team/app');

function puller(namespace: string, secrets: readonly string[], account?: string): Puller {
  return { namespace, secrets, serviceAccount: account };
}

function basic(username: string): Credential {
  return { kind: 'basic', username, password: 'pw' };
}

function secretAt(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/secrets/${name}`;
}

function accountAt(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
}

function access(
  { reader }: Pick<FakeCluster, 'reader'>,
  base: Keychain = NOBODY,
  faults: CredentialFault[] = [],
): PullKeychains {
  return new PullKeychains({ reader, base, onFault: (fault) => faults.push(fault) });
}

/** The users that are offered for an image, `-` for nobody in particular, `!` and why for what is withheld. */
async function users(
  of: PullKeychains,
  pullers: readonly Puller[],
  image: string,
): Promise<readonly string[]> {
  const { repository } = parseReference(image);
  const offered = await of.keychain(pullers).credentials(repository, signal);
  return offered.map((credential) => {
    if (credential.kind === 'withheld') return `!${credential.error.message}`;
    return credential.kind === 'basic' ? credential.username : '-';
  });
}

test("the best of each puller, then the others of each, then everybody's credentials, then none", async () => {
  const cluster = fakeCluster({
    [secretAt('a', 'one')]: pullSecret('1', { 'r.example': 'a-one' }),
    [secretAt('a', 'two')]: pullSecret('2', { 'r.example/team': 'a-two', 'r.example': 'a-wide' }),
    [secretAt('b', 'one')]: pullSecret('3', { 'r.example/team': 'b-one', 'other.example': 'no' }),
  });
  const base: Keychain = {
    credentials: async ({ registry }) => (registry === 'r.example' ? [basic('everybody')] : []),
  };
  const pullers = [puller('a', ['one', 'two']), puller('b', ['one'])];
  assert.deepEqual(await users(access(cluster, base), pullers, 'r.example/team/app'), [
    'a-two',
    'b-one',
    'a-one',
    'a-wide',
    'everybody',
    '-',
  ]);
  assert.deepEqual(await users(access(cluster, base), pullers.toReversed(), 'r.example/team/app'), [
    'b-one',
    'a-two',
    'a-one',
    'a-wide',
    'everybody',
    '-',
  ]);
  assert.deepEqual(await users(access(cluster, base), pullers, 'nginx'), ['-']);
  assert.deepEqual(await users(access(cluster, base), [], 'r.example/team/app'), ['everybody', '-']);
});

test('equal credentials are offered once', async () => {
  const cluster = fakeCluster({
    [secretAt('a', 'pull')]: pullSecret('1', { 'r.example': 'robot' }),
    [secretAt('b', 'pull')]: pullSecret('1', { '*.example': 'robot', 'r.example': 'other' }),
  });
  const base: Keychain = { credentials: async () => [basic('robot'), { kind: 'anonymous' }] };
  const pullers = [puller('a', ['pull']), puller('b', ['pull'])];
  assert.deepEqual(await users(access(cluster, base), pullers, 'r.example/x'), ['robot', 'other', '-']);
});

test('the secrets of a service account count for templates without their own, and only for them', async () => {
  const cluster = fakeCluster({
    [accountAt('a', 'default')]: serviceAccount('1', 'accounts'),
    [secretAt('a', 'accounts')]: pullSecret('2', { 'r.example': 'account' }),
    [secretAt('a', 'own')]: pullSecret('3', { 'r.example': 'own' }),
    [secretAt('a', 'default-token-abcde')]: pullSecret('4', { 'r.example': 'no pull secret' }),
  });
  const of = access(cluster);
  assert.deepEqual(await users(of, [puller('a', [], 'default')], 'r.example/x'), ['account', '-']);
  assert.deepEqual(await users(of, [puller('a', ['own'], 'default')], 'r.example/x'), ['own', '-']);
  assert.deepEqual(await users(of, [puller('a', [])], 'r.example/x'), ['-']);
  assert.deepEqual(await users(of, [puller('a', [], 'gone')], 'r.example/x'), ['-']);
});

test('secrets of one namespace are not those of another', async () => {
  const cluster = fakeCluster({ [secretAt('a', 'pull')]: pullSecret('1', { 'r.example': 'a' }) });
  assert.deepEqual(await users(access(cluster), [puller('b', ['pull'])], 'r.example/x'), ['-']);
});

test('a mirror gets the credentials that are meant for it, not those of the image', async () => {
  const cluster = fakeCluster({
    [secretAt('a', 'pull')]: pullSecret('1', { 'docker.io': 'hub', 'mirror.example': 'mirror' }),
  });
  const of = access(cluster);
  assert.deepEqual(await users(of, [puller('a', ['pull'])], 'nginx'), ['hub', '-']);
  assert.deepEqual(await users(of, [puller('a', ['pull'])], 'mirror.example/library/nginx'), ['mirror', '-']);
});

test('no look-alike of a host gets its credentials', async () => {
  const cluster = fakeCluster({ [secretAt('a', 'pull')]: pullSecret('1', { 'r.example': 'me' }) });
  for (const host of [
    'r.example.evil.test',
    'r.example:444',
    'sub.r.example',
    'xr.example',
    'evil.test/r.example',
  ]) {
    assert.deepEqual(await users(access(cluster), [puller('a', ['pull'])], `${host}/x`), ['-'], host);
  }
});

test('forbidden, broken and missing secrets do not hide the others', async () => {
  const broken = { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': 'e30' } };
  const cluster = fakeCluster({
    [secretAt('a', 'forbidden')]: refusal(403, 'Forbidden'),
    [secretAt('a', 'broken')]: broken,
    [secretAt('a', 'down')]: refusal(503, 'ServiceUnavailable'),
    [secretAt('a', 'good')]: pullSecret('1', { 'r.example': 'me' }),
    [accountAt('b', 'default')]: refusal(403, 'Forbidden'),
  });
  const pullers = [puller('b', [], 'default'), puller('a', ['forbidden', 'broken', 'gone', 'down', 'good'])];
  assert.deepEqual(await users(access(cluster), pullers, 'r.example/x'), [
    'me',
    '!cannot get it: 503 ServiceUnavailable: no',
    '-',
  ]);
  assert.deepEqual(cluster.faults.map(({ source, reason }) => `${source} ${reason}`).toSorted(), [
    'pull-secret forbidden',
    'pull-secret invalid',
    'pull-secret unavailable',
    'service-account forbidden',
  ]);
});

test('a secret that cannot be read now is withheld', async () => {
  const failure = refusal(503, 'ServiceUnavailable');
  const cluster = fakeCluster({ [accountAt('a', 'default')]: failure });
  const of = access(cluster);
  const pullers = [puller('a', [], 'default')];
  assert.deepEqual(await users(of, pullers, 'r.example/x'), [`!${failure.message}`, '-']);
  await assert.rejects(of.fingerprint(pullers, REPOSITORY, signal), failure);
});

test("everybody's credentials that fail are reported and withheld", async () => {
  const cluster = fakeCluster({ [secretAt('a', 'pull')]: pullSecret('1', { 'r.example': 'me' }) });
  const faults: CredentialFault[] = [];
  let works = false;
  const base: Keychain = {
    credentials: async () => {
      if (!works) throw new CredentialError('config.json cannot be read');
      return [];
    },
  };
  const of = access(cluster, base, faults);
  const why = '!config.json cannot be read';
  assert.deepEqual(await users(of, [puller('a', ['pull'])], 'r.example/x'), ['me', why, '-']);
  assert.deepEqual(await users(of, [], 'nginx'), [why, '-']);
  works = true;
  await users(of, [], 'r.example/x');
  await users(of, [], 'nginx');
  works = false;
  await users(of, [], 'nginx');
  const fault = { source: 'keychain', reason: 'unavailable', message: 'config.json cannot be read' };
  assert.deepEqual(faults, [
    { ...fault, repeated: false },
    { ...fault, repeated: true },
    { ...fault, repeated: false },
  ]);
});

test('an aborted question is no fault', async () => {
  const faults: CredentialFault[] = [];
  const cluster = fakeCluster();
  const reason = new Error('gone');
  const of = access(cluster, NOBODY, faults);
  const { repository } = parseReference('r.example/x');
  const asked = of.keychain([puller('a', ['pull'])]).credentials(repository, AbortSignal.abort(reason));
  await assert.rejects(asked, reason);
  assert.deepEqual([...faults, ...cluster.faults], []);
});

test('a rotated secret has another fingerprint and other credentials', async () => {
  const cluster = fakeCluster({
    [accountAt('a', 'default')]: serviceAccount('1', 'pull'),
    [secretAt('a', 'pull')]: pullSecret('2', { 'r.example': 'old' }),
  });
  const of = access(cluster);
  const pullers = [puller('a', [], 'default')];
  const before = await of.fingerprint(pullers, REPOSITORY, signal);
  assert.equal(await of.fingerprint(pullers, REPOSITORY, signal), before);
  cluster.objects.set(secretAt('a', 'pull'), pullSecret('3', { 'r.example': 'new' }));
  assert.deepEqual(await users(of, pullers, 'r.example/x'), ['old', '-']);
  cluster.now += EXPIRED;
  assert.notEqual(await of.fingerprint(pullers, REPOSITORY, signal), before);
  assert.deepEqual(await users(of, pullers, 'r.example/x'), ['new', '-']);
});

test('all that pullers use is in their fingerprint, whatever their order', async () => {
  const cluster = fakeCluster({
    [accountAt('a', 'default')]: serviceAccount('1', 'pull'),
    [secretAt('a', 'pull')]: pullSecret('2', { 'r.example': 'a' }),
    [secretAt('b', 'pull')]: pullSecret('2', { 'r.example': 'b' }),
  });
  const of = access(cluster);
  const [a, b, c] = [puller('a', [], 'default'), puller('b', ['pull']), puller('c', ['pull'])];
  const seen = new Set([await of.fingerprint([a, b], REPOSITORY, signal)]);
  assert.ok(seen.has(await of.fingerprint([b, a, b], REPOSITORY, signal)));
  const isNew = async (pullers: readonly Puller[]): Promise<void> => {
    const fingerprint = await of.fingerprint(pullers, REPOSITORY, signal);
    assert.ok(!seen.has(fingerprint));
    seen.add(fingerprint);
  };
  await isNew([a]);
  await isNew([b]);
  await isNew([a, b, c]);
  for (const [path, object] of [
    [accountAt('a', 'default'), serviceAccount('9', 'pull')],
    [secretAt('b', 'pull'), pullSecret('9', { 'r.example': 'b' })],
    [secretAt('c', 'pull'), pullSecret('1', { 'r.example': 'c' })],
    [secretAt('c', 'pull'), refusal(403, 'Forbidden')],
  ] as const) {
    cluster.objects.set(path, object);
    cluster.now += EXPIRED;
    await isNew([a, b, c]);
  }
});

test('without a reader no secret counts, and nothing changes', async () => {
  const base: Keychain = { credentials: async () => [basic('everybody')] };
  const of = new PullKeychains({ reader: undefined, base, onFault: ({ message }) => assert.fail(message) });
  assert.deepEqual(await users(of, [puller('a', ['pull'])], 'r.example/x'), ['everybody', '-']);
  assert.equal(
    await of.fingerprint([puller('a', ['pull'])], REPOSITORY, signal),
    await of.fingerprint([], REPOSITORY, signal),
  );
});

test('an image of many namespaces reads eight objects at a time', async () => {
  const cluster = fakeCluster();
  const answers: (() => void)[] = [];
  cluster.hold = async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answers.push(resolve);
    await promise;
  };
  const pullers = Array.from({ length: 30 }, (_, index) => puller(`n${index}`, ['pull']));
  const fingerprint = access(cluster).fingerprint(pullers, REPOSITORY, signal);
  for (let answered = 0; answered < pullers.length; answered++) {
    assert.equal(answers.length, Math.min(answered + 8, pullers.length));
    answers[answered]?.();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  await fingerprint;
});

test('what everybody has for the repository is in the fingerprint, and no failure of it', async () => {
  const cluster = fakeCluster({});
  let had: readonly Credential[] | undefined = [];
  const base: Keychain = {
    credentials: async ({ registry }) => {
      if (had === undefined) throw new CredentialError('the file cannot be read');
      return registry === 'r.example' ? had : [];
    },
  };
  const of = access(cluster, base);
  const other = parseReference('other.example/app').repository;
  const [before, elsewhere] = [
    await of.fingerprint([], REPOSITORY, signal),
    await of.fingerprint([], other, signal),
  ];
  had = [basic('new')];
  assert.notEqual(await of.fingerprint([], REPOSITORY, signal), before);
  assert.equal(await of.fingerprint([], other, signal), elsewhere);
  had = undefined;
  assert.equal(await of.fingerprint([], REPOSITORY, signal), before);
});

/** A secret with so many passwords for one host. */
function many(length: number, user: string): unknown {
  const keys = Array.from({ length }, (_, at) => [`${'*'.repeat(at + 1)}.example`, `${user}${at}`]);
  return pullSecret('1', Object.fromEntries(keys));
}

test('a secret full of passwords is not a way to try them all', async () => {
  const cluster = fakeCluster({
    [secretAt('evil', 'pull')]: many(40, 'evil'),
    [secretAt('good', 'pull')]: pullSecret('1', { 'r.example': 'good' }),
  });
  const pullers = [puller('evil', ['pull']), puller('good', ['pull'])];
  const offered = await users(access(cluster), pullers, 'r.example/x');
  assert.deepEqual([offered.length, offered[1]], [10, 'good']);
  for (let index = 0; index < 100; index++) {
    cluster.objects.set(secretAt(`n${index}`, 'pull'), many(10, `n${index}-`));
    pullers.push(puller(`n${index}`, ['pull']));
  }
  assert.equal((await users(access(cluster), pullers, 'r.example/x')).length, 65);
});

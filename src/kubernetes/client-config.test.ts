import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeEnvironment } from '../http/fake-environment.ts';
import { type ClientConfig, type ClientConfigOptions, loadClientConfig } from './client-config.ts';
import type { Trust } from './cluster.ts';
import type { Identity } from './identity.ts';
import { FakeClock } from '../http/fake-clock.ts';

const signal = new AbortController().signal;
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const CA = '-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----';
const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
const MINUTE = 60_000;

interface World {
  readonly files?: Record<string, string | Error>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly options?: Partial<ClientConfigOptions>;
}

async function load({ files = {}, variables = {}, options = {} }: World): Promise<ClientConfig> {
  return await loadClientConfig({
    environment: fakeEnvironment({ files, variables }),
    clock: new FakeClock(0),
    nodeVersion: '24.5.0',
    ...options,
  });
}

/** A kubeconfig with one of each, written as YAML of flow style. */
function kubeconfig(parts: { readonly cluster?: string; readonly user?: string } = {}): string {
  const { cluster = '{server: "https://api.test:6443"}', user = '{token: abc}' } = parts;
  return `
current-context: dev
contexts: [{name: dev, context: {cluster: dev, user: me}}]
clusters: [{name: dev, cluster: ${cluster}}]
users: [{name: me, user: ${user}}]
`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The configuration of a server. */
function file(name: string): string {
  return kubeconfig({ cluster: `{server: "https://${name}.test"}` });
}

describe('where the configuration is looked for', () => {
  const files = {
    '/flag': file('flag'),
    '/env': file('env'),
    '/home/me/.kube/config': file('home'),
    [`${ACCOUNT}/token`]: 'abc',
  };
  const cases: readonly [name: string, world: World, server: string][] = [
    [
      'the command line',
      { files, variables: { ...IN_CLUSTER, KUBECONFIG: '/env' }, options: { kubeconfig: '/flag' } },
      'flag.test',
    ],
    ['KUBECONFIG', { files, variables: { ...IN_CLUSTER, KUBECONFIG: ':/none:/env' } }, 'env.test'],
    ['the pod', { files, variables: { ...IN_CLUSTER, KUBECONFIG: '' } }, '10.96.0.1'],
    ['the home folder', { files }, 'home.test'],
    [
      'the home folder, in a pod without token',
      { files: { '/home/me/.kube/config': file('home') }, variables: IN_CLUSTER },
      'home.test',
    ],
  ];
  for (const [name, world, server] of cases) {
    test(name, async () => assert.equal((await load(world)).server.host, server));
  }

  for (const [name, world, message] of [
    [
      'nothing anywhere',
      {},
      'no Kubernetes configuration: there is no --kubeconfig, no KUBECONFIG, no service account of a pod and no /home/me/.kube/config',
    ],
    [
      'a file of the command line that is missing',
      { files, options: { kubeconfig: '/none' } },
      'kubeconfig /none does not exist',
    ],
    [
      'KUBECONFIG with missing files only',
      { files, variables: { KUBECONFIG: '/a:/b' } },
      'KUBECONFIG names no file that exists: /a, /b',
    ],
  ] as const) {
    test(name, async () => await assert.rejects(load(world), { name: 'ConfigError', message }));
  }
});

/** What a pod finds. */
function pod(): World & { readonly files: Record<string, string | Error> } {
  return {
    files: { [`${ACCOUNT}/token`]: 'one\n', [`${ACCOUNT}/ca.crt`]: CA, [`${ACCOUNT}/namespace`]: 'web\n' },
    variables: IN_CLUSTER,
  };
}

describe('in a pod', () => {
  test('server, authority, token and namespace', async () => {
    const config = await load(pod());
    assert.equal(config.server.href, 'https://10.96.0.1/');
    assert.equal(config.namespace, 'web');
    assert.deepEqual(await config.access(signal), {
      identity: { headers: { authorization: 'Bearer one' } },
      trust: { ca: CA, insecure: false },
    });
  });

  test('an address of version 6, no authority', async () => {
    const { files, variables } = pod();
    delete files[`${ACCOUNT}/ca.crt`];
    const config = await load({ files, variables: { ...variables, KUBERNETES_SERVICE_HOST: 'fd00::1' } });
    assert.equal(config.server.href, 'https://[fd00::1]/');
    assert.deepEqual((await config.access(signal)).trust, { insecure: false });
  });

  test('token and authority are read again after a minute, the token also when it is refused', async () => {
    const clock = new FakeClock(0);
    const { files, variables = {} } = pod();
    const config = await load({ files, variables, options: { clock } });
    const first = await config.access(signal);
    files[`${ACCOUNT}/token`] = 'two';
    files[`${ACCOUNT}/ca.crt`] = CA.replace('ca', 'new');
    assert.deepEqual(await config.access(signal), first);
    assert.equal(config.refuse(first.identity), true);
    assert.deepEqual(await config.access(signal), {
      ...first,
      identity: { headers: { authorization: 'Bearer two' } },
    });
    clock.pass(MINUTE);
    assert.equal((await config.access(signal)).trust.ca, CA.replace('ca', 'new'));
  });
});

async function identityOf(user: string, files: World['files'] = {}): Promise<Identity> {
  const config = await load({
    files: { '/k/c': kubeconfig({ user }), ...files },
    options: { kubeconfig: '/k/c' },
  });
  return (await config.access(signal)).identity;
}

describe('who a user is', () => {
  const cert = '-----BEGIN CERTIFICATE-----\nc\n-----END CERTIFICATE-----';
  const key = '-----BEGIN PRIVATE KEY-----\nk\n-----END PRIVATE KEY-----';

  test('nobody', async () => assert.deepEqual(await identityOf('{}'), { headers: {} }));

  test('a token', async () => {
    assert.deepEqual(await identityOf('{token: "abc "}'), { headers: { authorization: 'Bearer abc' } });
  });

  test('a file with a token wins, beside the kubeconfig', async () => {
    const files = { '/k/token': 'def\n' };
    assert.deepEqual(await identityOf('{token: abc, tokenFile: token}', files), {
      headers: { authorization: 'Bearer def' },
    });
  });

  test('user and password', async () => {
    assert.deepEqual(await identityOf('{username: me, password: "ä"}'), {
      headers: { authorization: `Basic ${base64('me:ä')}` },
    });
  });

  test('a certificate in the kubeconfig or beside it', async () => {
    const files = { '/k/pki/c': cert, '/key': key };
    assert.deepEqual(await identityOf('{client-certificate: pki/c, client-key: /key}', files), {
      headers: {},
      cert,
      key,
    });
    const data = `{client-certificate: none, client-certificate-data: ${base64(cert)}, client-key-data: ${base64(key)}}`;
    assert.deepEqual(await identityOf(data), { headers: {}, cert, key });
  });

  test('someone else, in whose place we act', async () => {
    const user =
      '{token: abc, as: jürgen, as-uid: "7", as-groups: [a, b], as-user-extra: {"Example.org/Team": [x], scopes: [y, z]}}';
    assert.deepEqual(await identityOf(user), {
      headers: {
        authorization: 'Bearer abc',
        'impersonate-user': Buffer.from('jürgen').toString('latin1'),
        'impersonate-uid': '7',
        'impersonate-group': ['a', 'b'],
        'impersonate-extra-example.org%2Fteam': ['x'],
        'impersonate-extra-scopes': ['y', 'z'],
      },
    });
  });

  const faults: readonly [user: string, message: RegExp][] = [
    ['{token: 1234567}', /users\[0\]\.user\.token is not a string: put it in quotes$/],
    ['{as-groups: [a]}', /users\[0\]\.user has as-uid, as-groups or as-user-extra, but no as$/],
    ['{as: "a\\nb"}', /users\[0\]\.user: who to act as has control characters$/],
    ['{client-key-data: dG9wc2VjcmV0}', /users\[0\]\.user\.client-key-data is not base64 of PEM$/],
    ['{client-key-data: "top*secret"}', /users\[0\]\.user\.client-key-data is not base64$/],
    ['{client-key: k}', /users\[0\]\.user has a client-key, but no client-certificate$/],
    ['{tokenFile: none}', /^\/k\/none does not exist$/],
    ['{exec: {command: x}}', /users\[0\]\.user\.exec has no apiVersion$/],
    ['{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}', /the plugin is too old$/],
    [
      '{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}}',
      /the plugin asks for a terminal \(interactiveMode\), and there is none$/,
    ],
    ['{auth-provider: {name: abacus}}', /auth-provider is "abacus", which is not supported/],
  ];
  for (const [user, message] of faults) {
    test(`refused: ${user}`, async () => {
      await assert.rejects(identityOf(user), (error: unknown) => {
        assert.ok(error instanceof Error);
        assert.equal(error.name, 'ConfigError');
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /1234567|dG9w|top.?secret/);
        return true;
      });
    });
  }
});

test('an exec plugin gets its command, environment and cluster', async () => {
  const seen: unknown[] = [];
  const cluster = `{server: "https://api.test", certificate-authority-data: ${base64(CA)}, tls-server-name: name.test,
    extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: dev}}]}`;
  const user = `{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: bin/get-token, args: [a],
    env: [{name: B, value: b}], provideClusterInfo: true}}`;
  const apiVersion = 'client.authentication.k8s.io/v1beta1';
  const config = await load({
    files: { '/k/c': kubeconfig({ cluster, user }) },
    variables: { A: 'a', B: 'a' },
    options: {
      kubeconfig: '/k/c',
      runProcess: async ({ program, args, variables }) => {
        const { KUBERNETES_EXEC_INFO = '', ...others } = variables;
        seen.push(program, args, others, JSON.parse(KUBERNETES_EXEC_INFO));
        const stdout = JSON.stringify({ kind: 'ExecCredential', apiVersion, status: { token: 'abc' } });
        return { exitCode: 0, stdout, stderr: '' };
      },
    },
  });
  const { identity } = await config.access(signal);
  assert.deepEqual(identity, { headers: { authorization: 'Bearer abc' } });
  assert.deepEqual(seen, [
    '/k/bin/get-token',
    ['a'],
    { A: 'a', B: 'b' },
    {
      kind: 'ExecCredential',
      apiVersion,
      spec: {
        interactive: false,
        cluster: {
          server: 'https://api.test',
          'tls-server-name': 'name.test',
          'certificate-authority-data': base64(CA),
          config: { audience: 'dev' },
        },
      },
    },
  ]);
});

async function trustOf(cluster: string, files: World['files'] = {}): Promise<Trust> {
  const config = await load({
    files: { '/k/c': kubeconfig({ cluster }), ...files },
    options: { kubeconfig: '/k/c' },
  });
  return (await config.access(signal)).trust;
}

test('what a cluster is', async () => {
  assert.deepEqual(await trustOf('{server: "https://a.test", certificate-authority: ca}', { '/k/ca': CA }), {
    ca: CA,
    insecure: false,
  });
  assert.deepEqual(await trustOf('{server: "http://a.test", tls-server-name: b.test}'), {
    servername: 'b.test',
    insecure: false,
  });
  assert.deepEqual(
    await trustOf('{server: "https://a.test", certificate-authority: ca, insecure-skip-tls-verify: true}'),
    {
      insecure: true,
    },
  );
  for (const server of ['a.test:6443', 'ftp://a.test']) {
    await assert.rejects(trustOf(`{server: "${server}"}`), {
      name: 'ConfigError',
      message: 'kubeconfig /k/c: clusters[0].cluster.server is not a URL with http or https',
    });
  }
  await assert.rejects(trustOf('{}'), { message: 'kubeconfig /k/c: clusters[0].cluster has no server' });
});

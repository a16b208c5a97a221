import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ExecPlugin, type ExecPluginOptions } from './exec-plugin.ts';
import type { ProcessRequest, ProcessResult, ProcessRunner } from '../process/index.ts';
import type { Identity } from './identity.ts';
import { FakeClock } from '../http/fake-clock.ts';

const API_VERSION = 'client.authentication.k8s.io/v1';
const signal = new AbortController().signal;

function printed(status: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ apiVersion: API_VERSION, kind: 'ExecCredential', status });
}

function good(stdout: string): ProcessResult {
  return { exitCode: 0, stdout, stderr: '' };
}

interface World {
  readonly plugin: ExecPlugin;
  readonly clock: FakeClock;
  readonly requests: ProcessRequest[];
}

/** A plugin whose runs end as listed, the last one again and again. */
function world(results: readonly (ProcessResult | Error)[], options: Partial<ExecPluginOptions> = {}): World {
  const clock = new FakeClock(0);
  const requests: ProcessRequest[] = [];
  const run: ProcessRunner = async (request) => {
    const result = results[Math.min(requests.length, results.length - 1)];
    requests.push(request);
    if (result instanceof Error || result === undefined) throw result;
    return result;
  };
  const plugin = new ExecPlugin({
    name: 'exec plugin get-token of config',
    apiVersion: API_VERSION,
    command: 'get-token',
    args: ['--cluster', 'dev'],
    variables: { PATH: '/bin' },
    installHint: undefined,
    cluster: undefined,
    run,
    clock,
    ...options,
  });
  return { plugin, clock, requests };
}

function token(name: string, expires?: number): ProcessResult {
  const expirationTimestamp = expires === undefined ? undefined : new Date(expires).toISOString();
  return good(printed({ token: name, expirationTimestamp }));
}

function named(identity: Identity): unknown {
  return identity.headers['authorization'];
}

test('what the plugin is told', async () => {
  const { plugin, requests } = world([token('one')], { cluster: async () => ({ server: 'https://dev' }) });
  assert.deepEqual(await plugin.identity(signal), { headers: { authorization: 'Bearer one' } });
  const [request] = requests;
  assert.equal(request?.program, 'get-token');
  assert.deepEqual(request?.args, ['--cluster', 'dev']);
  assert.equal(request?.variables['PATH'], '/bin');
  assert.deepEqual(JSON.parse(request?.variables['KUBERNETES_EXEC_INFO'] ?? ''), {
    kind: 'ExecCredential',
    apiVersion: API_VERSION,
    spec: { interactive: false, cluster: { server: 'https://dev' } },
  });
});

test('one run for all who wait, and for all later ones while there is no end', async () => {
  const { plugin, clock, requests } = world([token('one')]);
  await Promise.all([plugin.identity(signal), plugin.identity(signal)]);
  clock.pass(1e12);
  assert.equal(named(await plugin.identity(signal)), 'Bearer one');
  assert.equal(requests.length, 1);
});

test('run again a minute before the end; a shorter life has a tenth', async () => {
  for (const [life, renewal] of [
    [3_600_000, 3_540_000],
    [100_000, 90_000],
  ] as const) {
    const { plugin, clock } = world([token('one', life), token('two')]);
    await plugin.identity(signal);
    clock.pass(renewal - 1);
    assert.equal(named(await plugin.identity(signal)), 'Bearer one');
    clock.pass(1);
    assert.equal(named(await plugin.identity(signal)), 'Bearer two');
  }
});

test('a renewal that fails is tried again later, and an error once the old credential ended', async () => {
  const failed = { exitCode: 1, stdout: '', stderr: 'no network' };
  const { plugin, clock, requests } = world([token('one', 1_000_000), failed]);
  await plugin.identity(signal);
  clock.pass(940_000);
  assert.equal(named(await plugin.identity(signal)), 'Bearer one');
  assert.equal(named(await plugin.identity(signal)), 'Bearer one');
  assert.equal(requests.length, 2, 'not with every request');
  clock.pass(30_000);
  assert.equal(named(await plugin.identity(signal)), 'Bearer one');
  assert.equal(requests.length, 3);
  clock.pass(30_000);
  await assert.rejects(plugin.identity(signal), { name: 'ConfigError' });
});

test('a refused credential costs one run, however many requests showed it', async () => {
  const { plugin, requests } = world([token('one'), token('two')]);
  const first = await plugin.identity(signal);
  assert.equal(plugin.refuse(first), true);
  const second = await plugin.identity(signal);
  assert.equal(named(second), 'Bearer two');
  assert.equal(plugin.refuse(first), true);
  assert.equal(await plugin.identity(signal), second);
  assert.equal(requests.length, 2);
});

test('a client certificate', async () => {
  const { plugin } = world([good(printed({ clientCertificateData: 'CERT', clientKeyData: 'KEY' }))]);
  assert.deepEqual(await plugin.identity(signal), { headers: {}, cert: 'CERT', key: 'KEY' });
});

describe('failures say what and what to do, and no secret', () => {
  const missing = Object.assign(new Error('spawn get-token ENOENT'), { code: 'ENOENT' });
  const name = 'exec plugin get-token of config';
  const cases: readonly [ProcessResult | Error, string, Partial<ExecPluginOptions>?][] = [
    [missing, `${name} is not installed: there is no get-token`],
    [
      missing,
      `${name} is not installed: there is no get-token (brew install get-token)`,
      { installHint: 'brew install\nget-token' },
    ],
    [new Error('EACCES'), `${name} cannot be run`],
    [
      {
        exitCode: 3,
        stdout: 'topsecret',
        stderr: 'a\nb\nlog in\nfirst: eyJhbGciOiJub25lIn0.eyJzZWNyZXQiOjF9.c2ln\n',
      },
      `${name} failed: exit code 3: b log in first: …`,
    ],
    [{ exitCode: null, stdout: '', stderr: '' }, `${name} failed: it was killed`],
    [
      { exitCode: 127, stdout: '', stderr: '' },
      `${name} failed: exit code 127 (get it)`,
      { installHint: 'get it' },
    ],
    [good('topsecret'), `${name} printed something that is not JSON`],
    [good('"topsecret"'), `${name} printed something that is not an object`],
    [good('{"kind":"Topsecret"}'), `${name} printed something that is no ExecCredential`],
    [
      good('{"kind":"ExecCredential","apiVersion":"v2","status":{"token":"topsecret"}}'),
      `${name} printed an ExecCredential of another apiVersion than ${API_VERSION}`,
    ],
    [good(printed({})), `${name} printed an ExecCredential without token and certificate`],
    [good(printed({ token: 1 })), `${name}: status.token is not a string: put it in quotes`],
    [good(printed({ clientKeyData: 'topsecret' })), `${name} printed a client key without its certificate`],
    [
      good(printed({ token: 'topsecret', expirationTimestamp: 'soon' })),
      `${name} printed an expirationTimestamp that is no time`,
    ],
  ];
  for (const [result, message, options] of cases) {
    test(message, async () => {
      const { plugin } = world([result], options);
      await assert.rejects(plugin.identity(signal), (error: unknown) => {
        assert.ok(error instanceof Error);
        assert.equal(error.name, 'ConfigError');
        assert.equal(error.message, message);
        assert.doesNotMatch(message, /topsecret|eyJ/);
        return true;
      });
    });
  }
});

/** A plugin that never ends by itself. */
const hanging: ProcessRunner = async (_request, ended) =>
  await new Promise((_resolve, reject) => {
    ended.addEventListener('abort', () => reject(ended.reason));
  });

test('a plugin that hangs is given up after a minute', async () => {
  const { plugin, clock } = world([], { run: hanging });
  const asking = plugin.identity(signal);
  clock.pass(60_000);
  await assert.rejects(asking, { message: 'exec plugin get-token of config gave no answer within 60 s' });
});

test('who gives up waits no longer, and the last one ends the run', async () => {
  let killed = false;
  const { plugin } = world([], {
    run: async (request, ended) => {
      ended.addEventListener('abort', () => {
        killed = true;
      });
      return await hanging(request, ended);
    },
  });
  const [first, second] = [new AbortController(), new AbortController()];
  const reason = new Error('enough');
  const waits = [plugin.identity(first.signal), plugin.identity(second.signal)];
  first.abort(reason);
  await assert.rejects(waits[0] ?? Promise.resolve(), reason);
  assert.equal(killed, false);
  second.abort(reason);
  await assert.rejects(waits[1] ?? Promise.resolve(), reason);
  assert.equal(killed, true);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { makeCertificates } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { type Outcome, run } from '../support/processes.ts';
import { requireTool } from '../support/tools.ts';
import { startEmbedded } from './cluster.ts';
import { builtExporter, launchExporter, startExporter } from './exporter-process.ts';
import { containersOf, create } from './workloads.ts';

/** Far more than any end takes, and less than what a kubelet waits for. */
const SECONDS = 5000;

/** Runs the command with these arguments only, to its end. */
async function exporterOnce(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return await run(process.execPath, [builtExporter(), ...args], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
  });
}

describe('flags', { concurrency: 3 }, () => {
  for (const flag of ['-h', '--help']) {
    test(`${flag} tells of every flag with its default`, async () => {
      const { code, stdout, stderr } = await exporterOnce([flag]);
      assert.deepEqual([code, stderr], [0, '']);
      for (const word of [
        '--metrics-bind-address',
        '":8080"',
        '":8081"',
        '"linux/amd64"',
        '1h0m0s',
        '--k8s-keychain',
        '--kubeconfig',
      ])
        assert.ok(stdout.includes(word), `${word} in ${stdout}`);
    });
  }

  test('--version', async () => {
    const { code, stdout } = await exporterOnce(['--version']);
    assert.equal(code, 0);
    assert.match(stdout, /^container-image-exporter \d+\.\d+\.\d+ /);
  });

  const faults: readonly (readonly [readonly string[], RegExp])[] = [
    [['--no-such-flag'], /flag provided but not defined: -no-such-flag/],
    [['--cache-duration=soon'], /invalid value "soon" for flag -cache-duration/],
    [['--platform=amd64'], /invalid value "amd64" for flag -platform/],
    [['--k8s-keychain=perhaps'], /invalid boolean value "perhaps" for -k8s-keychain/],
    [['--resources=pods,nodes'], /"nodes" is not one of pods, deployments/],
    [['--log-level=loud'], /invalid value "loud" for flag -log-level/],
    [['extra'], /unexpected argument "extra"/],
    [['--k8s-keychain', 'false'], /unexpected argument "false"/],
  ];
  for (const [args, message] of faults) {
    test(`${args.join(' ')}: a message and 1`, async () => {
      const { code, stdout, stderr } = await exporterOnce(args);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, message);
      assert.match(stderr, /Run "container-image-exporter -h" for the flags\.\n$/);
    });
  }

  test('no configuration of a cluster anywhere', async () => {
    const { code, stderr } = await exporterOnce([
      '--metrics-bind-address=0',
      '--health-probe-bind-address=0',
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /^time=\S+ level=ERROR msg=.*(?:kubeconfig|KUBECONFIG)/m);
  });

  test('a kubeconfig that is not there is named', async () => {
    const { code, stderr } = await exporterOnce(['--kubeconfig=/nowhere/config', '--log-format=json']);
    assert.equal(code, 1);
    const line: { level: string; msg: string } = JSON.parse(stderr);
    assert.equal(line.level, 'error');
    assert.match(line.msg, /\/nowhere\/config/);
  });

  for (const flag of ['metrics-bind-address', 'health-probe-bind-address']) {
    test(`a port of --${flag} that is taken`, async () => {
      await using cluster = await startEmbedded();
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      assert.ok(address !== null && typeof address === 'object');
      try {
        await using exporter = await launchExporter({
          kubeconfig: cluster.kubeconfig(),
          args: [`--${flag}=127.0.0.1:${address.port}`],
        });
        assert.equal(await exporter.end(), 1);
        const [line] = exporter.log('listens there already');
        assert.match(line?.msg ?? '', new RegExp(`--?${flag}`));
      } finally {
        server.close();
      }
    });
  }
});

describe('its life', { concurrency: 3 }, () => {
  test('it is ready when all kinds are known and every image was tried, and not before', async () => {
    await using cluster = await startEmbedded();
    await using registry = await startRegistry();
    await create(cluster.client, 'default', 'Pod', 'one', containersOf(`${registry.host}/absent:1`));
    cluster.server.faults.add({ match: { kind: 'watch jobs' }, times: 1, action: { kind: 'hang' } });
    await using exporter = await startExporter({ kubeconfig: cluster.kubeconfig() });
    await eventually(async () => assert.deepEqual(await exporter.probe(), [503, 'jobs are not yet known\n']));
    await exporter.shows((scrape) => assert.equal(scrape.containers('default').length, 1));
    registry.faults.add({ match: {}, action: { kind: 'hang' } });
    await create(cluster.client, 'default', 'Pod', 'two', containersOf(`${registry.host}/slow:1`));
    await exporter.shows((scrape) => assert.equal(scrape.reason(`${registry.host}/slow:1`), 'pending'));
    await cluster.restart();
    await eventually(async () =>
      assert.deepEqual(await exporter.probe(), [503, 'images are being looked up for the first time\n']),
    );
    assert.equal((await exporter.probe('/healthz'))[0], 200);
    registry.faults.clear();
    await registry.stop();
    await registry.start();
    await exporter.ready();
    assert.deepEqual(await exporter.probe(), [200, 'ok']);
  });

  test('SIGTERM ends it while it starts', async () => {
    await using cluster = await startEmbedded();
    cluster.server.faults.add({ match: {}, action: { kind: 'hang' } });
    await using exporter = await launchExporter({ kubeconfig: cluster.kubeconfig() });
    await eventually(() => assert.equal(exporter.log('starting').length, 1));
    const { code, milliseconds } = await exporter.stop();
    assert.equal(code, 0, exporter.stderr);
    assert.ok(milliseconds < SECONDS, `${milliseconds} ms`);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} ends it while a scrape does not end, a registry hangs and watches are open`, async () => {
      await using cluster = await startEmbedded();
      await using registry = await startRegistry({ faults: [{ match: {}, action: { kind: 'hang' } }] });
      for (let index = 0; index < 2000; index++)
        cluster.server.put({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: `pod-${index}`, namespace: 'default' },
          spec: containersOf(`${registry.host}/app:${index % 100}`, 'No/Image:1'),
        });
      await using exporter = await startExporter({ kubeconfig: cluster.kubeconfig() });
      await exporter.shows((scrape) => assert.equal(scrape.containers('default').length, 4000));
      // Asked for and never read.
      const stuck = await fetch(exporter.metricsUrl);
      const { code, milliseconds } = await exporter.stop(signal);
      await stuck.body?.cancel().catch(() => undefined);
      assert.equal(code, 0, exporter.stderr);
      assert.ok(milliseconds < SECONDS, `${milliseconds} ms`);
      assert.deepEqual(
        exporter.log('ended').map(({ signal: received }) => received),
        [signal],
      );
    });
  }

  test('the log in the words of slog, at the level wanted', async () => {
    await using cluster = await startEmbedded();
    await create(cluster.client, 'default', 'Pod', 'one', containersOf('No/Image:1'));
    await using quiet = await launchExporter({
      kubeconfig: cluster.kubeconfig(),
      args: ['--log-format=text', '--log-level=warn'],
    });
    await eventually(() => assert.match(quiet.stderr, /\n/));
    const { code } = await quiet.stop();
    assert.equal(code, 0);
    const lines = quiet.stderr
      .replaceAll(/^time=\S+ /gm, '')
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, 1, quiet.stderr);
    assert.match(
      lines[0] ?? '',
      /^level=WARN msg="an image cannot be looked up" image=No\/Image:1 object="Pod default\/one" reason=invalid_reference error=/,
    );
  });
});

test('in a pod: the address from the environment, authority and token from files that change', async (t) => {
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
  const openssl = await requireTool(t, 'openssl');
  if (openssl === undefined) return;
  // The first folder that was not there; undefined where a real one is.
  const made = await mkdir(folder, { recursive: true }).catch(() => undefined);
  if (made === undefined) {
    t.skip(`${folder} is there already, or may not be made`);
    return;
  }
  t.after(() => rm(made, { recursive: true }));
  const { ca, server: tls } = await makeCertificates(openssl);
  await using cluster = await startEmbedded({
    tls,
    users: [{ name: 'exporter', token: 'first-token' }],
  });
  for (const [name, text] of Object.entries({ 'ca.crt': ca, token: 'first-token', namespace: 'default' }))
    await writeFile(join(folder, name), text);
  const { hostname, port } = new URL(cluster.server.url);
  await using exporter = await startExporter({
    env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
  });
  await exporter.ready();
  cluster.server.rotateToken('exporter', 'second-token');
  await writeFile(join(folder, 'token'), 'second-token');
  cluster.server.endWatches('cut');
  cluster.server.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'later', namespace: 'default' },
    spec: containersOf('No/Image:1'),
  });
  await exporter.shows((scrape) => assert.equal(scrape.containers('default').length, 1));
  assert.deepEqual((await exporter.stop()).code, 0);
});

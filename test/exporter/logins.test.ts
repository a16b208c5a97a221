import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Exporter, ExporterMetrics, PullKeychains, SecretReader } from '../../src/exporter/index.ts';
import { textOf } from '../../src/exposition/test-section-text.ts';
import { FakeClock } from '../../src/http/fake-clock.ts';
import { fakeEnvironment } from '../../src/http/fake-environment.ts';
import { systemClock } from '../../src/http/index.ts';
import { createApiServer, loadClientConfig, RESOURCES } from '../../src/kubernetes/index.ts';
import { putImage, startRegistry } from '../../src/testing/index.ts';
import { TestClient } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { imageOf } from '../e2e/cases.ts';
import { startEmbedded } from './cluster.ts';
import { startExporter } from './exporter-process.ts';
import { Scrape } from './scrape.ts';
import { containersOf, create, login, pullSecret } from './workloads.ts';

const PASSWORD = 'p4ssw0rd';
const AUTH = { kind: 'token', users: [{ name: 'robot', password: PASSWORD }] } as const;
const MINUTE = 60_000;

/** Docker's configuration with a login for these hosts. */
function configOf(...hosts: readonly string[]): string {
  return JSON.stringify({ auths: Object.fromEntries(hosts.map((host) => [host, login('robot', PASSWORD)])) });
}

test("docker's configuration is for all images, and a login that is added counts without a restart", async () => {
  await using cluster = await startEmbedded();
  await using known = await startRegistry({ auth: AUTH });
  await using later = await startRegistry({ auth: AUTH });
  const images = [known, later].map(({ host }) => `${host}/app:1`);
  for (const { store } of [known, later]) putImage(store, 'app', '1', imageOf(7));
  await create(cluster.client, 'default', 'Pod', 'one', containersOf(...images));
  await using exporter = await startExporter({
    kubeconfig: cluster.kubeconfig(),
    dockerConfig: configOf(known.host),
    args: ['--cache-duration=1s', '--log-level=debug'],
  });
  const reasons = (...expected: readonly string[]): Promise<void> =>
    exporter.shows((scrape) =>
      assert.deepEqual(
        images.map((image) => scrape.reason(image)),
        expected,
      ),
    );
  await reasons('ok', 'unauthorized');
  // A mounted secret changes by a swap too.
  await writeFile(join(exporter.home, 'new.json'), configOf(known.host, later.host));
  await rename(join(exporter.home, 'new.json'), join(exporter.home, 'config.json'));
  await reasons('ok', 'ok');
  for (const secret of [PASSWORD, login('robot', PASSWORD).auth])
    assert.ok(!exporter.stderr.includes(secret));
});

test('a pull secret that is made later heals its image within minutes, long before the tag is due', async () => {
  await using cluster = await startEmbedded();
  await using registry = await startRegistry({ auth: AUTH });
  const { root } = imageOf(8);
  putImage(registry.store, 'app', '1', imageOf(8));
  const image = `${registry.host}/app:1`;
  await create(cluster.client, 'default', 'Pod', 'one', {
    ...containersOf(image),
    imagePullSecrets: [{ name: 'robot' }],
  });
  const ended = new AbortController();
  const { signal } = ended;
  const environment = fakeEnvironment({ files: { '/kubeconfig': cluster.kubeconfig() } });
  const nodeVersion = process.versions.node;
  const config = await loadClientConfig({
    environment,
    clock: systemClock,
    nodeVersion,
    kubeconfig: '/kubeconfig',
  });
  const api = createApiServer(config, { clock: systemClock, userAgent: 'test' });
  using client = new TestClient();
  // Everything that waits for minutes does so by this clock; the network has its own.
  const clock = new FakeClock(Date.now());
  const metrics = new ExporterMetrics(
    { version: '1', revision: '', nodeVersion },
    {
      startTime: 0,
      cpuSeconds: () => 0,
      memory: () => ({ rss: 1, heapTotal: 1, heapUsed: 1, external: 1 }),
      virtualMemory: () => 1,
      openFds: () => 1,
      maxFds: () => 1,
      longestLag: () => 0,
    },
  );
  const exporter = new Exporter({
    api,
    resources: RESOURCES,
    imageVolumes: true,
    registry: client.client,
    access: new PullKeychains({
      reader: new SecretReader({ api, clock, signal, onFault: () => undefined }),
      base: { credentials: async () => [] },
      onFault: () => undefined,
    }),
    platform: undefined,
    cacheDuration: 60 * MINUTE,
    metrics,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    clock,
    random: () => 0.5,
    signal,
  });
  const running = exporter.run();
  const scrape = async (): Promise<Scrape> =>
    new Scrape(Buffer.from(await textOf(metrics.sections(), 'text')));
  const idle = async (): Promise<void> => {
    await eventually(async () => {
      const now = await scrape();
      assert.equal(now.value('container_image_exporter_lookups_in_flight'), 0);
      assert.notEqual(now.reason(image), 'pending');
    });
  };
  try {
    await eventually(async () => assert.equal((await scrape()).reason(image), 'unauthorized'));
    await idle();
    await cluster.client.ok('POST', '/api/v1/namespaces/default/secrets', {
      body: pullSecret('robot', 'dockerconfigjson', { auths: { [registry.host]: login('robot', PASSWORD) } }),
    });
    const started = clock.now();
    await eventually(async () => {
      const now = await scrape();
      if (now.reason(image) !== 'ok') await clock.advance(MINUTE, idle);
      assert.equal((await scrape()).digest(image), root.digest);
    });
    const minutes = (clock.now() - started) / MINUTE;
    assert.ok(minutes >= 3 && minutes <= 10, `it took ${minutes} minutes`);
  } finally {
    ended.abort();
    await running;
    api.close();
  }
});

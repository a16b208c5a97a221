import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseExposition } from '../../src/exposition/test-exposition-parser.ts';
import { FAMILIES } from '../../src/exporter/families.ts';
import type { RegistryOptions } from '../../src/testing/index.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/processes.ts';
import { RawClient } from '../support/raw-client.ts';
import { requireTool } from '../support/tools.ts';
import { type EmbeddedCluster, startEmbedded } from './cluster.ts';
import { type ExporterProcess, startExporter } from './exporter-process.ts';
import { containersOf } from './workloads.ts';
import { World } from './world.ts';

/** Two platforms: an index, a manifest and a config to read. */
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];

describe('an exporter whose tags are believed for an hour', () => {
  let cluster: EmbeddedCluster | undefined;
  let exporter: ExporterProcess | undefined;
  let worlds = 0;
  before(async () => {
    cluster = await startEmbedded();
    exporter = await startExporter({ kubeconfig: cluster.kubeconfig() });
    await exporter.ready();
  });
  after(async () => {
    await exporter?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });
  const world = async (options: RegistryOptions = {}): Promise<World> => {
    assert.ok(cluster && exporter);
    return await World.open(cluster, exporter, `world-${++worlds}`, options);
  };

  describe('at work', { concurrency: true }, () => {
    test('an image of two platforms costs three requests and a token, however many use it', async () => {
      await using one = await world({ auth: { kind: 'token', users: [], anonymousPull: true } });
      one.put('app:1', { platforms: PLATFORMS });
      for (const name of ['a', 'b', 'c'])
        await one.create('Deployment', name, containersOf(one.image('app:1')));
      await one.showsReasons({ 'app:1': 'ok' });
      await one.create('Pod', 'later', containersOf(one.image('app:1')));
      await one.exporter.shows((scrape) => assert.equal(scrape.containers(one.namespace).length, 4));
      assert.deepEqual(one.registry.counts(), { 401: 1, token: 1, 'GET manifest': 2, 'GET blob': 1 });
    });

    test('what a pod goes through looks nothing up', async () => {
      await using one = await world();
      one.put('app:1');
      await one.create('Pod', 'busy', containersOf(one.image('app:1')));
      await one.showsReasons({ 'app:1': 'ok' });
      assert.ok(cluster);
      const { server } = cluster;
      const requests = [server.requests.length, one.registry.requests.length];
      for (let time = 0; time < 50; time++)
        await one.patch('Pod', 'busy', { metadata: { annotations: { time: String(time) } } });
      await one.create('Pod', 'last', containersOf(one.image('app:1')));
      await one.exporter.shows((scrape) => assert.equal(scrape.containers(one.namespace).length, 2));
      const others = server.requests
        .slice(requests[0])
        .filter(
          ({ path }) => path.includes(`/${one.namespace}/serviceaccounts`) || path.includes('/secrets/'),
        );
      assert.deepEqual(others, []);
      assert.equal(one.registry.requests.length, requests[1]);
    });

    test('errors that last are not hammered: one attempt for each who may have other credentials', async () => {
      await using one = await world();
      one.registry.faults.add({
        match: { path: /\/v2\/forbidden\// },
        action: { kind: 'status', status: 403 },
      });
      const paths = ['absent:1', 'forbidden:1'];
      const images = paths.map((path) => one.image(path));
      await one.create('Pod', 'first', containersOf(...images));
      await one.showsReasons({ 'absent:1': 'not_found', 'forbidden:1': 'forbidden' });
      const asked = (): number =>
        one.registry.requests.filter(({ path }) => path.startsWith('/v2/absent/')).length;
      const first = asked();
      for (const name of ['second', 'third', 'fourth'])
        await one.create('Deployment', name, containersOf(...images));
      await one.create('Pod', 'last', containersOf(one.image('other:1')));
      await one.showsReasons({ 'other:1': 'not_found' });
      // The Deployments are one such: their service account's, which Pods are not asked for.
      assert.equal(asked(), first + 1);
      assert.ok(first <= 2, `${first} requests for what is not there`);
      const lines = one.exporter
        .log('cannot be looked up')
        .filter(({ image }) => images.includes(String(image)));
      assert.equal(lines.length, 2);
    });

    test('a registry that asks for peace gets it from all its images, and others notice nothing', async () => {
      await using one = await world();
      await using two = await world();
      two.put('app:1');
      one.registry.faults.add({
        match: { kind: 'GET manifest' },
        times: 1,
        action: { kind: 'status', status: 429, code: 'TOOMANYREQUESTS', headers: { 'Retry-After': '3' } },
      });
      const paths = Array.from({ length: 20 }, (_, index) => `app${index}:1`);
      for (const path of paths) one.put(path);
      const asked = Date.now();
      await one.create('Pod', 'many', containersOf(...paths.map((path) => one.image(path))));
      await one.showsReasons(Object.fromEntries(paths.map((path) => [path, 'rate_limited'])));
      assert.equal(one.registry.requests.length, 1);
      await two.create('Pod', 'well', containersOf(two.image('app:1')));
      await two.showsReasons({ 'app:1': 'ok' });
      const { host } = one.registry;
      await one.exporter.shows((scrape) => {
        const until = scrape.value('container_image_exporter_registry_backoff_until_timestamp_seconds', {
          host,
        });
        assert.ok(until !== undefined && until * 1000 >= asked + 3000, String(until));
      });
      assert.equal(one.registry.requests.length, 1, 'nobody asked before the time was over');
      await one.showsReasons(Object.fromEntries(paths.map((path) => [path, 'ok'])));
    });

    test('promtool has nothing against a scrape', async (t) => {
      const promtool = await requireTool(t, 'promtool');
      if (promtool === undefined) return;
      assert.ok(exporter);
      await using one = await world();
      one.put('app:1', { labels: { a: 'b\n"' } });
      await one.create('Pod', 'one', containersOf(one.image('app:1'), one.image('absent:1'), 'NOT/A:NAME'));
      await one.showsReasons({ 'app:1': 'ok', 'absent:1': 'not_found' });
      const { text, families } = await exporter.scrape();
      assert.deepEqual(await run(promtool, ['check', 'metrics'], { stdin: text }), {
        code: 0,
        stdout: '',
        stderr: '',
      });
      const known = new Set(FAMILIES.map(({ name }) => name));
      assert.deepEqual(
        families.filter(({ name }) => !known.has(name)),
        [],
      );
    });

    test('what it counts of itself is what the servers counted', async () => {
      await using one = await world();
      one.put('app:1', { platforms: PLATFORMS });
      await one.create('Pod', 'one', containersOf(one.image('app:1'), one.image('absent:1')));
      await one.showsReasons({ 'app:1': 'ok', 'absent:1': 'not_found' });
      const { host } = one.registry;
      await eventually(async () => {
        const scrape = await one.exporter.scrape();
        const counted = scrape.series('container_image_exporter_registry_requests_total', { host });
        const sum = counted.reduce((total, { value }) => total + value, 0);
        assert.equal(sum, one.registry.requests.length);
      });
      const scrape = await one.exporter.scrape();
      const count = scrape.families
        .flatMap(({ samples }) => samples)
        .find(
          ({ name, labels }) =>
            name.endsWith('registry_request_duration_seconds_count') && labels['host'] === host,
        );
      assert.equal(count?.value, one.registry.requests.length);
      assert.ok((scrape.value('container_image_exporter_objects', { resource: 'pods' }) ?? 0) >= 1);
      assert.equal(scrape.series('container_image_exporter_build_info').length, 1);
      assert.ok((scrape.value('process_resident_memory_bytes') ?? 0) > 0);
    });
  });

  test('a hundred scrapes ask neither the API server nor a registry', async () => {
    assert.ok(cluster && exporter);
    const { metricsUrl } = exporter;
    await using one = await world();
    one.put('app:1');
    await one.create('Pod', 'one', containersOf(one.image('app:1')));
    await one.showsReasons({ 'app:1': 'ok' });
    const counted = [one.registry.requests.length, reads(cluster)];
    for (let scrape = 0; scrape < 100; scrape++) assert.equal((await fetch(metricsUrl)).status, 200);
    assert.deepEqual([one.registry.requests.length, reads(cluster)], counted);
  });

  test('scrapes in text and OpenMetrics, zipped or not, say the same', async () => {
    assert.ok(exporter);
    const client = new RawClient(new URL(exporter.metricsUrl).origin);
    for (const format of ['text', 'openmetrics'] as const) {
      const accept = {
        text: 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
        openmetrics:
          'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      }[format];
      const plain = await client.send('GET', '/metrics', { headers: { Accept: accept } });
      const zipped = await client.send('GET', '/metrics', {
        headers: { Accept: accept, 'Accept-Encoding': 'gzip' },
      });
      assert.equal(
        plain.headers['content-type'],
        {
          text: 'text/plain; version=0.0.4; charset=utf-8',
          openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
        }[format],
      );
      assert.deepEqual(
        [plain.headers['content-encoding'], zipped.headers['content-encoding']],
        [undefined, 'gzip'],
      );
      const names = [plain.body, gunzipSync(zipped.body)].map((body) =>
        parseExposition(body, format).map(({ name, samples }) => [name, samples.length]),
      );
      const images = names.map((families) =>
        families.filter(([name]) => /^container_image_(?!exporter)/.test(String(name))),
      );
      assert.deepEqual(images[0], images[1]);
    }
  });
});

/** Requests that are not those of the tests themselves. */
function reads({ server }: EmbeddedCluster): number {
  return server.requests.filter(({ kind }) => /^(?:list|watch|get) /.test(kind)).length;
}

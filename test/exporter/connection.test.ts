import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ApiFaultAction, ApiFeatures } from '../../src/testing/index.ts';
import { eventually } from '../support/eventually.ts';
import { type EmbeddedCluster, startEmbedded } from './cluster.ts';
import { type ExporterProcess, startExporter } from './exporter-process.ts';
import { containersOf, create, remove } from './workloads.ts';

/** Not a name of any image: nothing is looked up. */
const IMAGE = 'No/Image:1';
const GONE = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  reason: 'Expired',
  message: 'too old resource version',
  code: 410,
} as const;

/** A running exporter and its cluster, with the names of the pods that it shows. */
class Rig implements AsyncDisposable {
  readonly cluster: EmbeddedCluster;
  readonly exporter: ExporterProcess;

  private constructor(cluster: EmbeddedCluster, exporter: ExporterProcess) {
    this.cluster = cluster;
    this.exporter = exporter;
  }

  static async start(features: Partial<ApiFeatures> = {}): Promise<Rig> {
    const cluster = await startEmbedded({ features });
    return new Rig(cluster, await startExporter({ kubeconfig: cluster.kubeconfig() }));
  }

  async pod(name: string): Promise<void> {
    await create(this.cluster.client, 'default', 'Pod', name, containersOf(IMAGE));
  }

  async gone(name: string): Promise<void> {
    await remove(this.cluster.client, 'default', 'Pod', name);
  }

  /** Waits until these pods are shown; at no time before may one of `always` be missing. */
  async shows(names: readonly string[], always: readonly string[] = []): Promise<void> {
    let missing: string | undefined;
    await eventually(async () => {
      const shown = (await this.exporter.scrape()).containers('default').map((line) => line.split(' ')[1]);
      missing ??= always.find((name) => !shown.includes(name));
      if (missing === undefined) assert.deepEqual(shown, names.toSorted());
    });
    assert.equal(missing, undefined, 'a series that was true the whole time went away');
  }

  async following(): Promise<void> {
    await eventually(() => assert.equal(this.cluster.server.openWatches('pods'), 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exporter[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}

describe('the connection to the API server', { concurrency: 3 }, () => {
  for (const end of ['end', 'cut', 'mid-line', { error: GONE }] as const) {
    const name = typeof end === 'object' ? 'with 410' : end;
    test(`watches that end (${name}) lose nothing`, async () => {
      await using rig = await Rig.start();
      await rig.pod('stays');
      await rig.pod('goes');
      await rig.shows(['stays', 'goes']);
      await rig.following();
      rig.cluster.server.endWatches(end, 'pods');
      await rig.gone('goes');
      await rig.pod('comes');
      await rig.shows(['stays', 'comes'], ['stays']);
      assert.deepEqual(rig.exporter.log('does not show'), []);
    });
  }

  test('changes that the server forgot while nobody watched', async () => {
    await using rig = await Rig.start();
    for (const name of ['stays', 'goes']) await rig.pod(name);
    await rig.shows(['stays', 'goes']);
    await rig.cluster.restart(async () => {
      rig.cluster.server.delete({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'goes', namespace: 'default' },
      });
      rig.cluster.server.compact();
    });
    await rig.pod('comes');
    await rig.shows(['stays', 'comes'], ['stays']);
  });

  for (const [name, action] of [
    ['429 with Retry-After', { kind: 'refuse', status: 429, retryAfterSeconds: 1 }],
    ['500', { kind: 'refuse', status: 500 }],
    ['503', { kind: 'refuse', status: 503, retryAfterSeconds: 1 }],
  ] as const satisfies readonly (readonly [string, ApiFaultAction])[]) {
    test(`a server that answers ${name} is asked again, and what was known stays`, async () => {
      await using rig = await Rig.start();
      await rig.pod('stays');
      await rig.shows(['stays']);
      await rig.following();
      const { server } = rig.cluster;
      server.faults.add({ match: { kind: 'watch pods' }, times: 1, action });
      server.endWatches({ error: GONE }, 'pods');
      await rig.pod('comes');
      await rig.shows(['stays', 'comes'], ['stays']);
      // One line for the trouble and one for its end, not one for each attempt.
      await eventually(() => assert.equal(rig.exporter.log('shows a resource again').length, 1));
      const lines = rig.exporter.log('does not show a resource');
      assert.deepEqual(
        lines.map(({ level, resource }) => [level, resource]),
        [['warn', 'pods']],
      );
    });
  }

  test('a stream of the first objects that breaks off shows none of them before all are there', async () => {
    const cluster = await startEmbedded();
    for (const name of ['a', 'b', 'c'])
      await create(cluster.client, 'default', 'Pod', name, containersOf(IMAGE));
    cluster.server.faults.add({
      match: { kind: 'watch pods' },
      times: 1,
      action: { kind: 'watch', afterEvents: 2, end: 'mid-line' },
    });
    await using exporter = await startExporter({ kubeconfig: cluster.kubeconfig() });
    const seen = new Set<number>();
    await exporter.shows((scrape) => {
      seen.add(scrape.containers('default').length);
      assert.equal(scrape.containers('default').length, 3);
    });
    assert.deepEqual(
      [...seen].filter((count) => count !== 0 && count !== 3),
      [],
    );
    await cluster[Symbol.asyncDispose]();
  });

  for (const [name, features] of [
    ['cannot stream objects', { watchList: false }],
    ['ends streams of objects with an error', { watchProgress: false }],
  ] as const) {
    test(`a server that ${name} is listed in pages, and nobody hears of it`, async () => {
      await using cluster = await startEmbedded({ features });
      const names = Array.from({ length: 600 }, (_, index) => `pod-${String(index).padStart(3, '0')}`);
      for (const pod of names)
        cluster.server.put({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: pod, namespace: 'default' },
          spec: containersOf(IMAGE),
        });
      await using exporter = await startExporter({ kubeconfig: cluster.kubeconfig() });
      await exporter.shows((scrape) => assert.equal(scrape.containers('default').length, names.length));
      await exporter.ready();
      assert.equal(cluster.server.counts()['list pods'], 3);
      assert.deepEqual((await exporter.scrape()).series('container_image_exporter_list_failures_total'), []);
      assert.deepEqual(exporter.log('does not show'), []);
    });
  }

  test('a server that is not there at first: said once, tried until it comes', async () => {
    const cluster = await startEmbedded();
    const kubeconfig = cluster.kubeconfig();
    await cluster.server.stop();
    await using exporter = await startExporter({ kubeconfig });
    await exporter.shows((scrape) => {
      const failures = scrape.series('container_image_exporter_list_failures_total', { resource: 'pods' });
      assert.ok((failures[0]?.value ?? 0) >= 2, 'it goes on trying');
    });
    assert.equal((await exporter.probe('/healthz'))[0], 200);
    const [status, text] = await exporter.probe();
    assert.equal(status, 503);
    assert.match(text, /^pods are not yet known$/m);
    const lines = exporter.log('does not show a resource').filter(({ resource }) => resource === 'pods');
    assert.equal(lines.length, 1);
    await cluster.server.start();
    await exporter.ready();
    await cluster[Symbol.asyncDispose]();
  });

  test('a token that is changed in its file is used as soon as the old one is refused', async () => {
    await using cluster = await startEmbedded();
    const { server } = cluster;
    const config = JSON.parse(cluster.kubeconfig());
    config.users[0].user = { tokenFile: 'token' };
    await using exporter = await startExporter({
      kubeconfig: JSON.stringify(config),
      files: { token: 'exporter-token\n' },
    });
    await exporter.ready();
    server.rotateToken('exporter', 'another-token');
    await writeFile(join(exporter.home, 'token'), 'another-token\n');
    server.endWatches('cut');
    await create(cluster.client, 'default', 'Pod', 'later', containersOf(IMAGE));
    await exporter.shows((scrape) => assert.equal(scrape.containers('default').length, 1));
    assert.ok(!exporter.stderr.includes('another-token'));
  });
});

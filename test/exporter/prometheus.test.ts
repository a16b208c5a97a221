import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { buildImage, type EmbeddedRegistry, putImage, startRegistry } from '../../src/testing/index.ts';
import { eventually } from '../support/eventually.ts';
import { requireKube } from '../support/kube-programs.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { findTool, requireTool } from '../support/tools.ts';
import { startReal, type TestCluster } from './cluster.ts';
import { type ExporterProcess, startExporter } from './exporter-process.ts';
import { containersOf, create } from './workloads.ts';

/** The example queries of the Go program's documentation, as they stand there. */
const SHARE = `
  (
      count(
        container_image_container_info{kind!="Pod"}
        * on (digest) group_left (value)
          container_image_label{key="dev.chainguard.package.main"}
      )
    /
      count(
        container_image_container_info{kind!="Pod"}
      )
  )
*
  100
`;
const OLD = `
    time()
  -
    (
        max by (digest, image) (container_image_container_info)
      * on (digest) group_left ()
        container_image_created
    )
>
  86400 * 14
`;
const DAY = 86_400_000;
const BASE = { 'dev.chainguard.package.main': 'python-3.13' };

/** How a Prometheus takes labels that its target has already. */
const SETTINGS = [
  { title: 'as it is set up at first', honor: false, namespaceLabel: 'exported_namespace' },
  { title: 'with honor_labels', honor: true, namespaceLabel: 'namespace' },
] as const;

describe('the questions of the documentation, answered by Prometheus from a real cluster', () => {
  let cluster: TestCluster | undefined;
  let registry: EmbeddedRegistry | undefined;
  let exporter: ExporterProcess | undefined;
  const prometheuses = new Map<boolean, Prometheus>();
  before(async () => {
    const program = await findTool('prometheus');
    if (program === undefined) return;
    cluster = await startReal('new');
    if (!cluster) return;
    registry = await startRegistry();
    await build(cluster, registry);
    exporter = await startExporter({ kubeconfig: cluster.kubeconfig(), args: ['--cache-duration=1s'] });
    await exporter.ready();
    const { host } = new URL(exporter.metricsUrl);
    for (const { honor } of SETTINGS) {
      prometheuses.set(
        honor,
        await startPrometheus(program, [
          {
            job_name: 'exporter',
            honor_labels: honor,
            // As discovery in a cluster sets it: of the exporter's own Pod.
            static_configs: [{ targets: [host], labels: { namespace: 'container-image-exporter' } }],
          },
        ]),
      );
    }
  });
  after(async () => {
    for (const prometheus of prometheuses.values()) await prometheus[Symbol.asyncDispose]();
    await exporter?.[Symbol.asyncDispose]();
    await registry?.stop();
    await cluster?.[Symbol.asyncDispose]();
  });

  for (const { title, honor, namespaceLabel } of SETTINGS) {
    test(title, async (t) => {
      if ((await requireTool(t, 'prometheus')) === undefined || !(await requireKube(t, 'new'))) return;
      const prometheus = prometheuses.get(honor);
      assert.ok(prometheus && registry);
      const { host } = registry;
      await eventually(async () =>
        assert.deepEqual(await prometheus.query(SHARE), [{ labels: {}, value: 60 }]),
      );
      const old = await prometheus.query(OLD);
      assert.deepEqual(
        old.map(({ labels, value }) => `${labels['image']} ${Math.floor(value / 86_400)}`).toSorted(),
        [`${host}/ancient:1 400`, `${host}/base:1 20`],
      );
      const counts = await prometheus.query(`count by (${namespaceLabel}) (container_image_container_info)`);
      assert.deepEqual(counts.map(({ labels, value }) => `${labels[namespaceLabel]} ${value}`).toSorted(), [
        'data 2',
        'shop 5',
      ]);
      const kinds = await prometheus.query('count by (kind) (container_image_container_info)');
      assert.deepEqual(kinds.map(({ labels }) => String(labels['kind'])).toSorted(), [
        'CronJob',
        'DaemonSet',
        'Deployment',
        'Pod',
        'StatefulSet',
      ]);
    });
  }

  test('a tag that moves makes no join fail, and the answers follow', async (t) => {
    if ((await requireTool(t, 'prometheus')) === undefined || !(await requireKube(t, 'new'))) return;
    assert.ok(registry);
    const { host } = registry;
    // No longer on the base, and of today: one of three containers less, and one image less that is old.
    put(registry, 'base', { created: new Date().toISOString() });
    for (const prometheus of prometheuses.values()) {
      const faults: unknown[] = [];
      await eventually(async () => {
        const [share, old] = await Promise.all(
          [SHARE, OLD].map((question) =>
            prometheus.query(question).catch((fault: unknown) => {
              faults.push(fault);
              return [];
            }),
          ),
        );
        assert.deepEqual(
          share?.map(({ value }) => value),
          [20],
        );
        assert.deepEqual(
          old?.map(({ labels }) => labels['image']),
          [`${host}/ancient:1`],
        );
      });
      assert.deepEqual(faults, []);
    }
  });
});

/** Five containers besides those of Pods, three of them on the base. */
async function build({ client }: TestCluster, registry: EmbeddedRegistry): Promise<void> {
  put(registry, 'base', { created: daysAgo(20.5), labels: BASE });
  put(registry, 'derived', { created: daysAgo(5), labels: { ...BASE, team: 'shop' } });
  put(registry, 'plain', { created: daysAgo(1) });
  put(registry, 'ancient', { created: daysAgo(400.5) });
  put(registry, 'timeless', { created: '0001-01-01T00:00:00Z' });
  const image = (name: string): string => `${registry.host}/${name}:1`;
  for (const name of ['shop', 'data'])
    await client.ok('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  await create(client, 'shop', 'Deployment', 'web', containersOf(image('base'), image('plain')));
  await create(client, 'shop', 'CronJob', 'report', containersOf(image('base')));
  await create(client, 'shop', 'Pod', 'web-1', containersOf(image('base'), image('ancient')));
  await create(client, 'data', 'StatefulSet', 'store', containersOf(image('derived')));
  await create(client, 'data', 'DaemonSet', 'agent', containersOf(image('timeless')));
}

function put(
  { store }: EmbeddedRegistry,
  name: string,
  { created, labels = {} }: { readonly created: string; readonly labels?: Readonly<Record<string, string>> },
): void {
  putImage(store, name, '1', buildImage({ created, labels: { name, ...labels } }));
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * DAY).toISOString();
}

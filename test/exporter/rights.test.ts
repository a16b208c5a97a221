import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { requireKube } from '../support/kube-programs.ts';
import { OUR_ROLE, startEmbedded, startReal, type TestCluster } from './cluster.ts';
import { startExporter } from './exporter-process.ts';
import { ALL_KINDS, containersOf, create, login, pullSecret } from './workloads.ts';

const IMAGE = 'No/Image:1';

for (const real of [false, true]) {
  describe(`rights, told by ${real ? 'kube-apiserver' : 'the embedded API server'}`, {
    concurrency: true,
  }, () => {
    let cluster: TestCluster | undefined;
    before(async () => {
      cluster = real ? await startReal('new') : await startEmbedded();
      if (!cluster) return;
      for (const kind of ALL_KINDS) await create(cluster.client, 'default', kind, 'one', containersOf(IMAGE));
    });
    after(() => cluster?.[Symbol.asyncDispose]());
    const rightsTest = (name: string, body: (running: TestCluster) => Promise<void>): void => {
      test(name, async (t) => {
        if (real && (await requireKube(t, 'new')) === undefined) return;
        assert.ok(cluster, 'the cluster is not there');
        await body(cluster);
      });
    };

    rightsTest(
      "the Go program's ClusterRole is enough for its six kinds; the others are reported",
      async (running) => {
        await using exporter = await startExporter({ kubeconfig: running.kubeconfig('original') });
        await exporter.ready();
        const scrape = await exporter.scrape();
        const kinds = scrape.containers('default').map((line) => line.split(' ')[0]);
        assert.deepEqual(kinds, ['CronJob', 'DaemonSet', 'Deployment', 'Job', 'Pod', 'StatefulSet']);
        const denied = ['replicasets', 'replicationcontrollers'];
        for (const resource of denied) {
          assert.equal(scrape.value('container_image_exporter_synced', { resource }), 0);
          const reason = { resource, reason: 'forbidden' };
          assert.ok(scrape.value('container_image_exporter_list_failures_total', reason));
        }
        assert.equal(scrape.value('container_image_exporter_synced', { resource: 'pods' }), 1);
        const lines = exporter.log('does not show a resource');
        assert.deepEqual(
          lines.map(({ resource, reason }) => `${String(resource)} ${String(reason)}`).toSorted(),
          denied.map((resource) => `${resource} forbidden`),
        );
        assert.match(String(lines[0]?.['error']), /replicationcontrollers|replicasets/);
      },
    );

    rightsTest('kinds that are not wanted are not asked for', async (running) => {
      await using exporter = await startExporter({
        kubeconfig: running.kubeconfig('original'),
        args: ['--resources=pods,deployments,statefulsets,daemonsets,jobs,cronjobs'],
      });
      await exporter.ready();
      const scrape = await exporter.scrape();
      assert.equal(scrape.containers('default').length, 6);
      assert.deepEqual(exporter.log('does not show'), []);
      assert.equal(scrape.series('container_image_exporter_synced').length, 6);
    });
  });
}

/** A cluster whose only pod has a pull secret, for an image that is there for all to see or not. */
async function rig(image: string, host: string): Promise<TestCluster> {
  const cluster = await startEmbedded();
  await cluster.client.ok('POST', '/api/v1/namespaces/default/secrets', {
    body: pullSecret('robot', 'dockerconfigjson', { auths: { [host]: login('robot', 'secret') } }),
  });
  await create(cluster.client, 'default', 'Pod', 'one', {
    ...containersOf(image),
    imagePullSecrets: [{ name: 'robot' }],
  });
  return cluster;
}

describe('secrets that may not be read', { concurrency: true }, () => {
  test('--k8s-keychain=false asks for none, and needs no right to', async () => {
    await using registry = await startRegistry({ auth: { kind: 'basic', users: [] } });
    await using cluster = await rig(`${registry.host}/app:1`, registry.host);
    await using exporter = await startExporter({
      kubeconfig: cluster.kubeconfig('secretless'),
      args: ['--k8s-keychain=false'],
    });
    await exporter.ready();
    const scrape = await exporter.scrape();
    assert.equal(scrape.reason(`${registry.host}/app:1`), 'unauthorized');
    assert.deepEqual(scrape.series('container_image_exporter_credential_failures_total'), []);
    assert.ok(!exporter.stderr.includes('secrets'));
  });

  test('are reported with the way out, once, and hide nothing', async () => {
    await using registry = await startRegistry({ auth: { kind: 'basic', users: [] } });
    await using cluster = await rig(`${registry.host}/app:1`, registry.host);
    await using exporter = await startExporter({
      kubeconfig: cluster.kubeconfig('secretless'),
      args: ['--cache-duration=1s'],
    });
    await exporter.ready();
    await exporter.shows((scrape) => {
      assert.equal(scrape.reason(`${registry.host}/app:1`), 'unauthorized');
      const source = { source: 'pull-secret', reason: 'forbidden' };
      assert.ok(scrape.value('container_image_exporter_credential_failures_total', source));
    });
    const lines = exporter.log('credentials cannot be read');
    assert.equal(lines.length, 1);
    assert.match(String(lines[0]?.['error']), /allow get on secrets, or set --k8s-keychain=false/);
  });

  test('count as soon as they may be, for who was not known before', async () => {
    await using registry = await startRegistry({
      auth: { kind: 'basic', users: [{ name: 'robot', password: 'secret' }] },
    });
    await using cluster = await rig(`${registry.host}/app:1`, registry.host);
    await using exporter = await startExporter({ kubeconfig: cluster.kubeconfig('secretless') });
    await exporter.ready();
    assert.equal((await exporter.scrape()).reason(`${registry.host}/app:1`), 'unauthorized');
    await cluster.grant('secretless', OUR_ROLE);
    await cluster.client.ok('POST', '/api/v1/namespaces/default/secrets', {
      body: pullSecret('second', 'dockerconfigjson', {
        auths: { [registry.host]: login('robot', 'secret') },
      }),
    });
    await create(cluster.client, 'default', 'Pod', 'two', {
      ...containersOf(`${registry.host}/app:1`),
      imagePullSecrets: [{ name: 'second' }],
    });
    await exporter.shows((scrape) => assert.equal(scrape.reason(`${registry.host}/app:1`), 'not_found'));
  });
});

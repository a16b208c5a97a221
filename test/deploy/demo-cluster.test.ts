import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseYaml } from '../../src/yaml/index.ts';
import { run } from '../support/processes.ts';
import { requireTool } from '../support/tools.ts';
import { at, KubectlCluster, listAt, requireCluster } from './kubectl.ts';

const DEMO = 'demo/cluster';
const SPACE = 'container-image-demo';
const EXPORTER = 'container-image-exporter';

describe('demo/cluster', () => {
  let started: KubectlCluster | string | undefined;
  let applied: readonly string[] = [];
  let objects: readonly unknown[] = [];
  before(async () => {
    started = await KubectlCluster.start();
    if (typeof started === 'string') return;
    const output = await started.kubectl('apply', '-k', DEMO, '--validate=strict');
    applied = output.trim().split('\n');
    objects = listAt(JSON.parse(await started.kubectl('get', '-k', DEMO, '-o', 'json')), 'items');
  });
  after(async () => {
    if (started instanceof KubectlCluster) await started[Symbol.asyncDispose]();
  });
  const find = (kind: string, name: string, namespace: string | undefined = SPACE): unknown =>
    objects.find(
      (object) =>
        at(object, 'kind') === kind &&
        at(object, 'metadata.name') === name &&
        at(object, 'metadata.namespace') === namespace,
    );
  const textOf = (configMap: string, key: string): string =>
    String(at(find('ConfigMap', configMap), ['data', key]));
  const containerOf = (name: string): unknown =>
    at(find('Deployment', name), 'spec.template.spec.containers.0');

  test('one apply makes all of it', (t) => {
    if (requireCluster(t, started) === undefined) return;
    assert.deepEqual(
      applied,
      [
        'namespace/container-image-demo',
        'namespace/container-image-exporter',
        'serviceaccount/prometheus',
        'serviceaccount/container-image-exporter',
        'role.rbac.authorization.k8s.io/container-image-demo-prometheus',
        'clusterrole.rbac.authorization.k8s.io/container-image-exporter',
        'rolebinding.rbac.authorization.k8s.io/container-image-demo-prometheus',
        'clusterrolebinding.rbac.authorization.k8s.io/container-image-exporter',
        'configmap/container-image-dashboards',
        'configmap/grafana',
        'configmap/prometheus',
        'secret/container-image-exporter-docker-config',
        'service/database',
        'service/grafana',
        'service/prometheus',
        'service/container-image-exporter',
        'deployment.apps/broken',
        'deployment.apps/grafana',
        'deployment.apps/prometheus',
        'deployment.apps/shop',
        'deployment.apps/container-image-exporter',
        'statefulset.apps/database',
        'cronjob.batch/report',
      ].map((object) => `${object} created`),
    );
  });

  test('every Pod of it would be let in', async (t) => {
    const cluster = requireCluster(t, started);
    if (cluster === undefined) return;
    let pods = 0;
    for (const object of objects) {
      const template = at(object, 'spec.template.spec') ?? at(object, 'spec.jobTemplate.spec.template.spec');
      if (template === undefined) continue;
      const path = `/api/v1/namespaces/${String(at(object, 'metadata.namespace'))}/pods?dryRun=All`;
      const body = { metadata: { name: 'p' }, spec: template };
      const { status, text } = await cluster.server.admin.send('POST', path, { body });
      assert.equal(status, 201, text);
      pods++;
    }
    assert.equal(pods, 7);
  });

  test('every ConfigMap and key that is mounted is there', (t) => {
    if (requireCluster(t, started) === undefined) return;
    const mounted: string[] = [];
    for (const object of objects.filter((each) => at(each, 'kind') === 'Deployment')) {
      const spec = at(object, 'spec.template.spec');
      const volumes = at(spec, 'volumes') === undefined ? [] : listAt(spec, 'volumes');
      for (const volume of volumes) {
        const name = at(volume, 'configMap.name');
        if (typeof name !== 'string') continue;
        const data = at(find('ConfigMap', name), 'data');
        assert.ok(data, `there is no ConfigMap ${name}`);
        for (const mount of listAt(spec, 'containers.0.volumeMounts')) {
          if (at(mount, 'name') !== at(volume, 'name')) continue;
          const key = at(mount, 'subPath');
          if (typeof key === 'string') assert.ok(at(data, [key]), `${name} has no ${key}`);
          mounted.push([name, key, at(mount, 'mountPath')].join(' '));
        }
      }
    }
    assert.deepEqual(mounted, [
      'grafana datasources.yaml /etc/grafana/provisioning/datasources/datasources.yaml',
      'grafana dashboards.yaml /etc/grafana/provisioning/dashboards/dashboards.yaml',
      'container-image-dashboards  /var/lib/grafana/dashboards',
      'prometheus  /etc/prometheus',
    ]);
  });

  test('Grafana finds its data and its dashboards, and begins with the adoption of base images', (t) => {
    if (requireCluster(t, started) === undefined) return;
    const source = listAt(parseYaml(textOf('grafana', 'datasources.yaml')), 'datasources')[0];
    assert.equal(at(source, 'type'), 'prometheus');
    assert.equal(at(source, 'isDefault'), true);
    const url = new URL(String(at(source, 'url')));
    assert.equal(String(at(find('Service', url.hostname), 'spec.ports.0.port')), url.port);

    const provider = listAt(parseYaml(textOf('grafana', 'dashboards.yaml')), 'providers')[0];
    const folder = String(at(provider, 'options.path'));
    assert.deepEqual(
      listAt(containerOf('grafana'), 'volumeMounts').filter((mount) => at(mount, 'mountPath') === folder)
        .length,
      1,
    );
    const dashboards = at(find('ConfigMap', 'container-image-dashboards'), 'data');
    assert.deepEqual(Object.keys(Object(dashboards)), ['adoption.json', 'images.json']);
    const home = listAt(containerOf('grafana'), 'env').find(
      (variable) => at(variable, 'name') === 'GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH',
    );
    assert.equal(at(home, 'value'), `${folder}/adoption.json`);
  });

  test('Prometheus keeps the metrics port of the exporter, and takes its own word for the namespace', async (t) => {
    const cluster = requireCluster(t, started);
    if (cluster === undefined) return;
    const promtool = await requireTool(t, 'promtool');
    if (promtool === undefined) return;
    assert.ok(
      listAt(containerOf('prometheus'), 'args').includes('--config.file=/etc/prometheus/prometheus.yml'),
    );
    const config = parseYaml(textOf('prometheus', 'prometheus.yml'));
    const job = listAt(config, 'scrape_configs')[0];
    // Debian's promtool knows no Kubernetes: it is given what Prometheus would find there.
    const { kubernetes_sd_configs: discovery, ...rest } = Object(job);
    assert.deepEqual(discovery, [{ role: 'endpointslice', namespaces: { names: [EXPORTER] } }]);
    const annotations = Object.entries(
      Object(at(find('Service', EXPORTER, EXPORTER), 'metadata.annotations')),
    );
    const service = annotations.map(([name, value]) => [
      `__meta_kubernetes_service_annotation_${name.replaceAll(/\W/g, '_')}`,
      value,
    ]);
    const target = (address: string, port: string, labels: object): object => ({
      targets: [address],
      labels: {
        __meta_kubernetes_namespace: EXPORTER,
        __meta_kubernetes_endpointslice_port_name: port,
        __meta_kubernetes_pod_name: 'exporter-0',
        ...labels,
      },
    });
    const found = [
      target('10.0.0.7:8080', 'metrics', Object.fromEntries(service)),
      target('10.0.0.7:8081', 'health', Object.fromEntries(service)),
      target('10.0.0.8:8080', 'metrics', {}),
    ];
    const outside = { ...Object(config), scrape_configs: [{ ...rest, static_configs: found }] };
    const path = await cluster.file('prometheus.yml', JSON.stringify(outside));
    const checked = await run(promtool, ['check', 'config', path]);
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
    const args = ['check', 'service-discovery', '--timeout=1s', path, String(at(job, 'job_name'))];
    const targets: readonly unknown[] = JSON.parse((await run(promtool, args)).stdout);
    assert.equal(targets.length, 3);
    assert.deepEqual(
      targets
        .map((each) => at(each, 'labels'))
        .filter((labels) => at(labels, 'instance') !== undefined)
        .map((labels) =>
          ['__address__', '__metrics_path__', 'namespace', 'pod'].map((name) => at(labels, name)),
        ),
      [['10.0.0.7:8080', '/metrics', EXPORTER, 'exporter-0']],
    );
  });

  test('its account may read what finding endpoints takes, there and nowhere else', async (t) => {
    const cluster = requireCluster(t, started);
    if (cluster === undefined) return;
    const token = await cluster.tokenOf(SPACE, 'prometheus');
    const statuses = async (namespace: string): Promise<readonly number[]> => {
      const groups = ['/apis/discovery.k8s.io/v1', '/api/v1', '/api/v1'];
      const answers = ['endpointslices', 'services', 'pods'].map((name, index) =>
        cluster.server.admin.send('GET', `${groups[index]}/namespaces/${namespace}/${name}`, { token }),
      );
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    assert.deepEqual(await statuses(EXPORTER), [200, 200, 200]);
    assert.deepEqual(await statuses('default'), [403, 403, 403]);
  });
});

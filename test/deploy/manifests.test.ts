import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { RESOURCES } from '../../src/kubernetes/index.ts';
import { buildImage, putImage, startRegistry } from '../../src/testing/index.ts';
import { startExporter } from '../exporter/exporter-process.ts';
import { eventually } from '../support/eventually.ts';
import { applyForSuite, at, listAt, ROOT } from './kubectl.ts';
import { serviceMonitorDefinition } from './service-monitor-definition.ts';

const NAME = 'container-image-exporter';
const MANIFEST = `deploy/manifests/${NAME}.yaml`;
const APP = { 'app.kubernetes.io/name': NAME };
const CONTAINER = 'spec.template.spec.containers.0';
const READ = ['get', 'list', 'watch'];

/** What the documentation promises of the objects: kind, path, value. */
const PROMISES: readonly (readonly [kind: string, path: string | readonly string[], value: unknown])[] = [
  ['Namespace', ['metadata', 'labels', 'pod-security.kubernetes.io/enforce'], 'restricted'],
  [
    'ClusterRoleBinding',
    'roleRef',
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
  ],
  ['ClusterRoleBinding', 'subjects', [{ kind: 'ServiceAccount', name: NAME, namespace: NAME }]],
  ['Secret', 'metadata.name', `${NAME}-docker-config`],
  ['Secret', 'type', 'kubernetes.io/dockerconfigjson'],
  ['Secret', 'data', { '.dockerconfigjson': Buffer.from('{}').toString('base64') }],
  ['Service', ['metadata', 'annotations', 'prometheus.io/scrape'], 'true'],
  ['Service', ['metadata', 'annotations', 'prometheus.io/port'], '8080'],
  ['Service', ['metadata', 'annotations', 'prometheus.io/path'], '/metrics'],
  ['Service', 'spec.type', 'ClusterIP'],
  ['Service', 'spec.selector', APP],
  [
    'Service',
    'spec.ports',
    [
      { name: 'metrics', protocol: 'TCP', port: 8080, targetPort: 'metrics' },
      { name: 'health', protocol: 'TCP', port: 8081, targetPort: 'health' },
    ],
  ],
  ['Deployment', 'spec.replicas', 1],
  ['Deployment', 'spec.strategy', { type: 'Recreate' }],
  ['Deployment', 'spec.selector.matchLabels', APP],
  ['Deployment', 'spec.template.metadata.labels', APP],
  ['Deployment', 'spec.template.spec.serviceAccountName', NAME],
  ['Deployment', 'spec.template.spec.containers.1', undefined],
  ['Deployment', `${CONTAINER}.name`, 'controller'],
  ['Deployment', `${CONTAINER}.args`, undefined],
  ['Deployment', `${CONTAINER}.env`, [{ name: 'HOME', value: '/home/nonroot' }]],
  [
    'Deployment',
    `${CONTAINER}.ports`,
    [
      { name: 'metrics', containerPort: 8080, protocol: 'TCP' },
      { name: 'health', containerPort: 8081, protocol: 'TCP' },
    ],
  ],
  ['Deployment', `${CONTAINER}.livenessProbe.httpGet`, { path: '/healthz', port: 'health', scheme: 'HTTP' }],
  ['Deployment', `${CONTAINER}.livenessProbe.initialDelaySeconds`, 15],
  ['Deployment', `${CONTAINER}.livenessProbe.periodSeconds`, 20],
  ['Deployment', `${CONTAINER}.readinessProbe.httpGet`, { path: '/readyz', port: 'health', scheme: 'HTTP' }],
  ['Deployment', `${CONTAINER}.readinessProbe.initialDelaySeconds`, 5],
  ['Deployment', `${CONTAINER}.readinessProbe.periodSeconds`, 10],
  [
    'Deployment',
    `${CONTAINER}.resources`,
    { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
  ],
  [
    'Deployment',
    `${CONTAINER}.securityContext`,
    {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  ],
  [
    'Deployment',
    'spec.template.spec.securityContext',
    {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  ],
  [
    'Deployment',
    `${CONTAINER}.volumeMounts`,
    [{ name: 'docker-config', mountPath: '/home/nonroot/.docker', readOnly: true }],
  ],
  [
    'Deployment',
    'spec.template.spec.volumes',
    [
      {
        name: 'docker-config',
        secret: {
          secretName: `${NAME}-docker-config`,
          items: [{ key: '.dockerconfigjson', path: 'config.json' }],
          defaultMode: 420,
        },
      },
    ],
  ],
];

describe('deploy/manifests', () => {
  const applied = applyForSuite(MANIFEST);

  test('one apply makes these objects, all of one name, namespace and label', (t) => {
    if (applied.cluster(t) === undefined) return;
    const kinds = [
      ['Namespace', NAME, undefined],
      ['ServiceAccount', NAME, NAME],
      ['ClusterRole', NAME, undefined],
      ['ClusterRoleBinding', NAME, undefined],
      ['Secret', `${NAME}-docker-config`, NAME],
      ['Service', NAME, NAME],
      ['Deployment', NAME, NAME],
    ];
    const found = [...applied.objects].map(([kind, object]) => [
      kind,
      at(object, 'metadata.name'),
      at(object, 'metadata.namespace'),
    ]);
    assert.deepEqual(found, kinds);
    for (const object of applied.objects.values()) {
      assert.equal(at(object, ['metadata', 'labels', 'app.kubernetes.io/name']), NAME);
    }
  });

  for (const [kind, path, value] of PROMISES) {
    test(`${kind} ${String(path)}`, (t) => {
      if (applied.cluster(t) === undefined) return;
      assert.deepEqual(at(applied.objects.get(kind), path), value);
    });
  }

  test('applying it again changes nothing', async (t) => {
    const cluster = applied.cluster(t);
    if (cluster === undefined) return;
    const lines = (await cluster.kubectl('apply', '-f', MANIFEST)).trim().split('\n');
    assert.deepEqual(
      lines.filter((line) => !line.endsWith(' unchanged')),
      // What it writes as stringData the server keeps as data.
      [`secret/${NAME}-docker-config configured`],
    );
  });

  test('its Pods satisfy the restricted standard, which would refuse others', async (t) => {
    const cluster = applied.cluster(t);
    if (cluster === undefined) return;
    const spec = at(applied.objects.get('Deployment'), 'spec.template.spec');
    const pods = `/api/v1/namespaces/${NAME}/pods?dryRun=All`;
    const pod = (change: object): object => ({
      metadata: { name: 'p' },
      spec: { ...Object(spec), ...change },
    });
    const { admin } = cluster.server;
    assert.equal((await admin.send('POST', pods, { body: pod({}) })).status, 201);
    const refused = await admin.object('POST', pods, { body: pod({ securityContext: {} }) });
    assert.equal(refused.code, 403);
    assert.match(refused.message ?? '', /violates PodSecurity "restricted:latest": runAsNonRoot/);
  });

  test('its ClusterRole allows what the code asks for, and nothing else', (t) => {
    if (applied.cluster(t) === undefined) return;
    const allowed = listAt(applied.objects.get('ClusterRole'), 'rules').flatMap((rule) =>
      listAt(rule, 'apiGroups').flatMap((group) =>
        listAt(rule, 'resources').flatMap((resource) =>
          listAt(rule, 'verbs').map((verb) => [verb, resource, group].join(' ')),
        ),
      ),
    );
    const needed = [
      ...RESOURCES.flatMap(({ name, group }) => READ.map((verb) => `${verb} ${name} ${group}`)),
      ...['secrets', 'serviceaccounts'].flatMap((name) => [`get ${name} `, `list ${name} `]),
    ];
    assert.deepEqual(allowed.toSorted(), needed.toSorted());
  });

  test('under it, the exporter reads all kinds and pull secrets, and is refused nothing', async (t) => {
    const cluster = applied.cluster(t);
    if (cluster === undefined) return;
    const user = { name: 'puller', password: 'secret' };
    await using registry = await startRegistry({ auth: { kind: 'basic', users: [user] } });
    putImage(registry.store, 'shop/web', '1', buildImage());
    const auths = { [registry.host]: { username: user.name, password: user.password } };
    const { server } = cluster;
    const create = (path: string, body: object): Promise<unknown> => server.admin.ok('POST', path, { body });
    await create('/api/v1/namespaces', { metadata: { name: 'shop' } });
    await create('/api/v1/namespaces/shop/secrets', {
      metadata: { name: 'login' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
    });
    await create('/api/v1/namespaces/shop/serviceaccounts', {
      metadata: { name: 'web' },
      imagePullSecrets: [{ name: 'login' }],
    });
    const containers = [{ name: 'web', image: `${registry.host}/shop/web:1` }];
    await create('/apis/apps/v1/namespaces/shop/deployments', {
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { serviceAccountName: 'web', containers } },
      },
    });
    await using exporter = await startExporter({
      kubeconfig: server.kubeconfig(await cluster.tokenOf(NAME, NAME)),
      args: ['--log-level=debug'],
    });
    await exporter.ready();
    await exporter.shows((scrape) => assert.equal(scrape.reason(`${registry.host}/shop/web:1`), 'ok'));
    const requests = await eventually(() => {
      const found = exporter.log('request').filter(({ verb }) => typeof verb === 'string');
      const watched = new Set(found.filter(({ verb }) => verb === 'watch').map(({ path }) => path));
      assert.equal(watched.size, RESOURCES.length);
      return found;
    });
    assert.deepEqual(
      requests.filter(({ status }) => status !== 200),
      [],
    );
    assert.deepEqual(
      requests.filter(({ verb }) => verb === 'get').map(({ path }) => path),
      ['/api/v1/namespaces/shop/serviceaccounts/web', '/api/v1/namespaces/shop/secrets/login'],
    );
  });

  test('the ServiceMonitor is accepted where there is the kind, and selects the Service', async (t) => {
    const cluster = applied.cluster(t);
    if (cluster === undefined) return;
    const file = await cluster.file('definition.json', JSON.stringify(serviceMonitorDefinition()));
    await cluster.kubectl('apply', '-f', file);
    await cluster.kubectl('wait', '--for=condition=Established', '-f', file);
    // The API server serves a new kind a moment after it says so.
    await eventually(() => cluster.kubectl('apply', '-f', 'deploy/servicemonitor.yaml', '--validate=strict'));
    const monitor: unknown = JSON.parse(
      await cluster.kubectl('get', '-f', 'deploy/servicemonitor.yaml', '-o', 'json'),
    );
    assert.equal(at(monitor, 'metadata.namespace'), NAME);
    assert.deepEqual(at(monitor, 'spec'), {
      endpoints: [{ path: '/metrics', port: 'metrics' }],
      namespaceSelector: { matchNames: [NAME] },
      selector: { matchLabels: APP },
    });
    const selected = at(applied.objects.get('Service'), ['metadata', 'labels', 'app.kubernetes.io/name']);
    assert.equal(selected, NAME);
  });
});

test('the manifest names the image of this version', async () => {
  const { version }: { version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const lines = (await readFile(join(ROOT, MANIFEST), 'utf8')).split('\n').map((line) => line.trim());
  assert.ok(lines.includes(`image: tallyman/container-image-exporter:${version}`));
});

/** An object of a cluster, and where it is created. */
export interface ClusterObject {
  readonly path: string;
  readonly body: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
      readonly name: string;
      readonly namespace?: string;
      readonly [field: string]: unknown;
    };
    readonly [field: string]: unknown;
  };
}

export const NAMESPACES = 20;

const ENVIRONMENT = Array.from({ length: 8 }, (_, index) => ({
  name: `VARIABLE_${index}`,
  value: `some value ${index} of middling length`,
}));
const CHECKSUM = '0123456789abcdef'.repeat(3);

export function namespaceObject(index: number): ClusterObject {
  const metadata = { name: namespaceName(index) };
  return { path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata } };
}

/** One of so many Deployments, with two containers. */
export function deploymentObject(index: number, image: (index: number) => string): ClusterObject {
  const namespace = namespaceName(index);
  const labels = { app: `app-${index}`, 'app.kubernetes.io/name': `app-${index}` };
  return {
    path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    body: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `app-${index}`, namespace, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: `app-${index}` } },
        template: { metadata: { labels }, spec: podSpec(index, image) },
      },
    },
  };
}

/** One of many Pods, each made after one of so many Deployments. */
export function podObject(
  index: number,
  deployments: number,
  image: (index: number) => string,
): ClusterObject {
  const deployment = index % deployments;
  const namespace = namespaceName(index);
  return {
    path: `/api/v1/namespaces/${namespace}/pods`,
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `app-${deployment}-5d4f8c7b9-${index}`,
        namespace,
        labels: { app: `app-${deployment}`, 'pod-template-hash': '5d4f8c7b9' },
        annotations: { 'checksum/config': CHECKSUM },
      },
      spec: { nodeName: `node-${index % 100}`, ...podSpec(deployment, image) },
    },
  };
}

function podSpec(index: number, image: (index: number) => string): object {
  return {
    containers: [
      {
        name: 'app',
        image: image(2 * index),
        env: ENVIRONMENT,
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        ports: [{ containerPort: 8080 }],
      },
      { name: 'sidecar', image: image(2 * index + 1) },
    ],
  };
}

function namespaceName(index: number): string {
  return `ns-${index % NAMESPACES}`;
}

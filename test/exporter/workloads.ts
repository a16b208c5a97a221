import type { KubeClient, KubeObject } from '../support/kube-client.ts';

/** A pod spec as far as tests write one. */
export interface PodSpec {
  readonly containers: readonly object[];
  readonly [field: string]: unknown;
}

interface KindOptions {
  /** Where objects of all namespaces are. */
  readonly root: '/api/v1' | '/apis/apps/v1' | '/apis/batch/v1';
  readonly plural: string;
  readonly spec: (podSpec: PodSpec, name: string) => object;
}

const KINDS = {
  Pod: { root: '/api/v1', plural: 'pods', spec: (podSpec) => podSpec },
  Deployment: { root: '/apis/apps/v1', plural: 'deployments', spec: selecting },
  StatefulSet: {
    root: '/apis/apps/v1',
    plural: 'statefulsets',
    spec: (podSpec, name) => ({ serviceName: name, ...selecting(podSpec, name) }),
  },
  DaemonSet: { root: '/apis/apps/v1', plural: 'daemonsets', spec: selecting },
  ReplicaSet: { root: '/apis/apps/v1', plural: 'replicasets', spec: selecting },
  ReplicationController: {
    root: '/api/v1',
    plural: 'replicationcontrollers',
    spec: (podSpec, name) => ({ selector: { app: name }, template: template(podSpec, name) }),
  },
  Job: { root: '/apis/batch/v1', plural: 'jobs', spec: job },
  CronJob: {
    root: '/apis/batch/v1',
    plural: 'cronjobs',
    spec: (podSpec) => ({ schedule: '0 4 * * *', jobTemplate: { spec: job(podSpec) } }),
  },
} satisfies Record<string, KindOptions>;

export type Kind = keyof typeof KINDS;

/** All kinds that the exporter watches. */
export const ALL_KINDS: readonly Kind[] = [
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
];

/** Where an object is, for a client. */
export function pathOf(namespace: string, kind: Kind, name = ''): string {
  const { root, plural } = KINDS[kind];
  return `${root}/namespaces/${namespace}/${plural}${name === '' ? '' : `/${name}`}`;
}

/** A workload as a client would send it. */
export function workload(kind: Kind, name: string, podSpec: PodSpec, metadata: object = {}): object {
  return { metadata: { name, ...metadata }, spec: KINDS[kind].spec(podSpec, name) };
}

/** A pod spec with one container per image, named `c0`, `c1`, …. */
export function containersOf(...images: readonly string[]): PodSpec {
  return { containers: images.map((image, index) => ({ name: `c${index}`, image })) };
}

/** Creates a workload in a namespace. */
export async function create(
  client: KubeClient,
  namespace: string,
  kind: Kind,
  name: string,
  podSpec: PodSpec,
  metadata: object = {},
): Promise<KubeObject> {
  return await client.ok('POST', pathOf(namespace, kind), { body: workload(kind, name, podSpec, metadata) });
}

/** Takes a workload away at once. */
export async function remove(client: KubeClient, namespace: string, kind: Kind, name: string): Promise<void> {
  await client.ok('DELETE', `${pathOf(namespace, kind, name)}?gracePeriodSeconds=0`);
}

/** Writes a pull secret: `config` is docker's `auths`, or the whole of a legacy `.dockercfg`. */
export function pullSecret(name: string, type: 'dockerconfigjson' | 'dockercfg', config: object): object {
  return {
    metadata: { name },
    type: `kubernetes.io/${type}`,
    data: { [`.${type}`]: Buffer.from(JSON.stringify(config)).toString('base64') },
  };
}

/** An entry of docker's configuration. */
export function login(username: string, password: string): { readonly auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') };
}

function selecting(podSpec: PodSpec, name: string): object {
  return { selector: { matchLabels: { app: name } }, template: template(podSpec, name) };
}

function template(podSpec: PodSpec, name: string): object {
  return { metadata: { labels: { app: name } }, spec: podSpec };
}

function job(podSpec: PodSpec): object {
  return { template: { spec: { restartPolicy: 'Never', ...podSpec } } };
}

import type { JsonObject } from '../../src/testing/index.ts';
import { CACHE, REPORT, WEB } from './images.ts';

/** What the cluster's images are called from there. */
export interface Names {
  /** `localhost:PORT` of the company's registry. */
  readonly companyHost: string;
  /** What node-exporter is pinned to. */
  readonly pinned: string;
}

/** A container of the demo's cluster, for people. */
export interface ShownContainer {
  readonly kind: string;
  readonly name: string;
  readonly init: boolean;
  readonly image: string;
}

interface Workload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly initContainers?: Readonly<Record<string, string>>;
  /** Images by the names of containers. */
  readonly containers: Readonly<Record<string, string>>;
}

const NAMESPACE = 'shop';
const PULL_SECRET = 'registry-login';

/** The workloads of the small cluster. */
function workloadsOf({ companyHost, pinned }: Names): readonly Workload[] {
  const web = {
    initContainers: { migrate: `${companyHost}/${WEB}` },
    containers: { web: `${companyHost}/${WEB}` },
  };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', ...web },
    { apiVersion: 'v1', kind: 'Pod', name: 'web-5f6-x2x7k', ...web },
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'orders', containers: { postgres: 'postgres:17.2' } },
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'cache', containers: { redis: CACHE } },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      name: 'report',
      containers: { report: `${companyHost}/${REPORT}` },
    },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'node-exporter', containers: { exporter: pinned } },
  ];
}

/** The objects that the API server begins with: the workloads, and the login that they pull with. */
export function objectsOf(
  names: Names,
  login: { readonly user: string; readonly password: string },
): JsonObject[] {
  const auth = Buffer.from(`${login.user}:${login.password}`).toString('base64');
  const config = JSON.stringify({ auths: { [names.companyHost]: { auth } } });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: NAMESPACE, name: PULL_SECRET },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
  };
  return [secret, ...workloadsOf(names).map(objectOf)];
}

/** Every container, init containers after the others. */
export function containersOf(names: Names): readonly ShownContainer[] {
  return workloadsOf(names).flatMap(({ kind, name, containers, initContainers = {} }) => [
    ...Object.values(containers).map((image) => ({ kind, name, image, init: false })),
    ...Object.values(initContainers).map((image) => ({ kind, name, image, init: true })),
  ]);
}

/** The images that are not pinned: those whose tags are looked up again. */
export function tagsOf(names: Names): readonly string[] {
  const images = containersOf(names).map(({ image }) => image);
  return [...new Set(images)].filter((image) => !image.includes('@'));
}

function objectOf({ apiVersion, kind, name, containers, initContainers }: Workload): JsonObject {
  const pod = {
    imagePullSecrets: [{ name: PULL_SECRET }],
    ...(initContainers ? { initContainers: containerList(initContainers) } : {}),
    containers: containerList(containers),
  };
  const labels = { app: name };
  const template = { metadata: { labels }, spec: pod };
  return { apiVersion, kind, metadata: { namespace: NAMESPACE, name, labels }, spec: specOf(kind) };

  function specOf(of: string): JsonObject {
    if (of === 'Pod') return pod;
    if (of === 'CronJob') return { schedule: '0 3 * * *', jobTemplate: { spec: { template } } };
    return { selector: { matchLabels: labels }, template };
  }
}

function containerList(containers: Readonly<Record<string, string>>): readonly JsonObject[] {
  return Object.entries(containers).map(([name, image]) => ({ name, image }));
}

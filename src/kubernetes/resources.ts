import { type FieldPath, podSpecPath } from './workloads.ts';

/** A kind of workload as the API serves it. */
export interface Resource {
  /** Plural name: `cronjobs`. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Where objects of all namespaces are listed: `/apis/batch/v1/cronjobs`. */
  readonly path: string;
  /** The way to the pod spec. */
  readonly podSpec: FieldPath;
  /** True for kinds that other workloads make: only those without a controller of their own count. */
  readonly unownedOnly: boolean;
}

/** What is watched, the kinds of the Go program first. */
export const RESOURCES: readonly Resource[] = [
  resource('', 'v1', 'Pod', 'pods'),
  resource('apps', 'v1', 'Deployment', 'deployments'),
  resource('apps', 'v1', 'StatefulSet', 'statefulsets'),
  resource('apps', 'v1', 'DaemonSet', 'daemonsets'),
  resource('batch', 'v1', 'Job', 'jobs'),
  resource('batch', 'v1', 'CronJob', 'cronjobs'),
  { ...resource('apps', 'v1', 'ReplicaSet', 'replicasets'), unownedOnly: true },
  { ...resource('', 'v1', 'ReplicationController', 'replicationcontrollers'), unownedOnly: true },
];

function resource(group: string, version: string, kind: string, name: string): Resource {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const podSpec = podSpecPath({ apiVersion, kind });
  if (!podSpec) throw new Error(`${apiVersion} ${kind} has no pod spec`);
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return { name, group, version, kind, path: `${root}/${name}`, podSpec, unownedOnly: false };
}

/** A kind of object that the embedded API server has. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural: `cronjobs`. */
  readonly name: string;
  readonly namespaced: boolean;
  /** Whether `metadata.generation` counts the changes of `spec`. */
  readonly generation: boolean;
  /** The way to the pod spec; undefined for kinds that have none. */
  readonly podSpec: readonly string[] | undefined;
  /** What field selectors know besides `metadata.name` and `metadata.namespace`. */
  readonly fields: readonly string[];
}

const POD_FIELDS = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
];

const TEMPLATE = ['spec', 'template', 'spec'];

export const API_RESOURCES: readonly ApiResource[] = [
  resource('', 'Namespace', 'namespaces', { namespaced: false, generation: false, fields: ['status.phase'] }),
  resource('', 'Pod', 'pods', { podSpec: ['spec'], fields: POD_FIELDS }),
  resource('', 'ReplicationController', 'replicationcontrollers', {
    podSpec: TEMPLATE,
    fields: ['status.replicas'],
  }),
  resource('', 'Secret', 'secrets', { generation: false, fields: ['type'] }),
  resource('', 'ServiceAccount', 'serviceaccounts', { generation: false }),
  resource('apps', 'DaemonSet', 'daemonsets', { podSpec: TEMPLATE }),
  resource('apps', 'Deployment', 'deployments', { podSpec: TEMPLATE }),
  resource('apps', 'ReplicaSet', 'replicasets', { podSpec: TEMPLATE, fields: ['status.replicas'] }),
  resource('apps', 'StatefulSet', 'statefulsets', { podSpec: TEMPLATE }),
  resource('batch', 'CronJob', 'cronjobs', { podSpec: ['spec', 'jobTemplate', ...TEMPLATE] }),
  resource('batch', 'Job', 'jobs', { podSpec: TEMPLATE, fields: ['status.successful'] }),
];

/** `v1`, `apps/v1`. */
export function groupVersion({ group, version }: Pick<ApiResource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `pods`, `deployments.apps`: how messages name a resource. */
export function qualifiedName({ group, name }: Pick<ApiResource, 'group' | 'name'>): string {
  return group === '' ? name : `${name}.${group}`;
}

/** The resource of objects with this apiVersion and kind. */
export function resourceOfKind(apiVersion: string, kind: string): ApiResource | undefined {
  return API_RESOURCES.find((one) => one.kind === kind && groupVersion(one) === apiVersion);
}

function resource(
  group: string,
  kind: string,
  name: string,
  traits: Partial<Pick<ApiResource, 'namespaced' | 'generation' | 'podSpec' | 'fields'>> = {},
): ApiResource {
  const common = { namespaced: true, generation: true, podSpec: undefined, fields: [] };
  return { group, version: 'v1', kind, name, ...common, ...traits };
}

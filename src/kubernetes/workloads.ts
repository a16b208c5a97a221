/** A way into an object: member names, `*` for every item of a list. */
export type FieldPath = readonly string[];

/** What kind of object something is. */
export interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Every place of an image in a pod spec. */
export const POD_IMAGE_PATHS: readonly FieldPath[] = [
  ['initContainers', '*', 'image'],
  ['containers', '*', 'image'],
  ['ephemeralContainers', '*', 'image'],
  ['volumes', '*', 'image', 'reference'],
];

const OWN: FieldPath = ['spec'];
const TEMPLATE: FieldPath = ['spec', 'template', 'spec'];
const CRON_JOB: FieldPath = ['spec', 'jobTemplate', 'spec', 'template', 'spec'];

/** Every kind that ever carried a pod spec, by API version, whether clusters still serve it or not. */
const POD_SPECS: Readonly<Record<string, Readonly<Record<string, FieldPath>>>> = {
  v1: { Pod: OWN, PodTemplate: ['template', 'spec'], ReplicationController: TEMPLATE },
  'apps/v1': { Deployment: TEMPLATE, ReplicaSet: TEMPLATE, DaemonSet: TEMPLATE, StatefulSet: TEMPLATE },
  'apps/v1beta2': { Deployment: TEMPLATE, ReplicaSet: TEMPLATE, DaemonSet: TEMPLATE, StatefulSet: TEMPLATE },
  'apps/v1beta1': { Deployment: TEMPLATE, StatefulSet: TEMPLATE },
  'extensions/v1beta1': { Deployment: TEMPLATE, ReplicaSet: TEMPLATE, DaemonSet: TEMPLATE },
  'batch/v1': { Job: TEMPLATE, CronJob: CRON_JOB },
  'batch/v1beta1': { CronJob: CRON_JOB },
  'batch/v2alpha1': { CronJob: CRON_JOB },
};

/** The way to the pod spec of a built-in workload; undefined for every other type. */
export function podSpecPath({ apiVersion, kind }: ObjectType): FieldPath | undefined {
  const kinds = Object.hasOwn(POD_SPECS, apiVersion) ? POD_SPECS[apiVersion] : undefined;
  return kinds !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}

/**
 * What an item of a list is unless it says otherwise: a `DeploymentList` holds Deployments of its own version, a plain
 * `List` tells nothing. Undefined for a type that is no list.
 */
export function listItemType({ apiVersion, kind }: ObjectType): ObjectType | undefined {
  if (kind === 'List') return { apiVersion: '', kind: '' };
  return kind.endsWith('List') ? { apiVersion, kind: kind.slice(0, -'List'.length) } : undefined;
}

import { type Kind, type PodSpec, pathOf, workload } from '../exporter/workloads.ts';
import type { TrackedImage } from './tracked-image.ts';

/** One container of a workload. */
export interface Slot {
  readonly list: 'initContainers' | 'containers';
  readonly index: number;
  image: TrackedImage;
}

export interface TrackedWorkload {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  /** True where another workload owns it, so that its kind may not count. */
  readonly owned: boolean;
  /** True for what stays as it is. */
  readonly unchanging: boolean;
  readonly slots: readonly Slot[];
}

export const PULL_SECRET = 'pull';

const IDENTITIES: Readonly<Record<Kind, readonly [group: string, root: string]>> = {
  Pod: ['', '.spec'],
  Deployment: ['apps', '.spec.template.spec'],
  StatefulSet: ['apps', '.spec.template.spec'],
  DaemonSet: ['apps', '.spec.template.spec'],
  ReplicaSet: ['apps', '.spec.template.spec'],
  ReplicationController: ['', '.spec.template.spec'],
  Job: ['batch', '.spec.template.spec'],
  CronJob: ['batch', '.spec.jobTemplate.spec.template.spec'],
};

/** Kinds whose images stay what they were created with. */
export function isFixed({ kind, unchanging }: TrackedWorkload): boolean {
  return unchanging || kind === 'Job';
}

/** Whether it has series of its own: kinds that others make count only where nobody owns them. */
export function isCounted({ kind, owned }: TrackedWorkload): boolean {
  return !owned || (kind !== 'ReplicaSet' && kind !== 'ReplicationController');
}

/** Labels of the series of one container; the digest is what the exporter should have found. */
export function labelsOf(
  { kind, namespace, name }: TrackedWorkload,
  { list, index, image }: Slot,
  digest: string,
): Readonly<Record<string, string>> {
  const [group, root] = IDENTITIES[kind];
  const jsonpath = `{${root}.${list}[${index}]}`;
  return { digest, group, image: image.text, jsonpath, kind, name, namespace, version: 'v1' };
}

/** Where the object is, for a client. */
export function objectPath({ namespace, kind, name }: TrackedWorkload): string {
  return pathOf(namespace, kind, name);
}

/** The object as a client creates it, about as large as real ones are. */
export function objectOf({ kind, name, owned, slots }: TrackedWorkload): object {
  const list = (wanted: Slot['list']): object[] =>
    slots
      .filter((slot) => slot.list === wanted)
      .map((slot) => ({ name: containerName(slot), image: slot.image.text, env: ENVIRONMENT }));
  const podSpec: PodSpec = {
    containers: list('containers'),
    initContainers: list('initContainers'),
    imagePullSecrets: [{ name: PULL_SECRET }],
    ...(kind === 'Pod' ? { nodeName: 'node-1' } : {}),
  };
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: 'owner', controller: true };
  return workload(kind, name, podSpec, owned ? { ownerReferences: [owner] } : {});
}

/** A change that gives a container another image. */
export function imagePatch({ kind }: TrackedWorkload, slot: Slot): object {
  const podSpec = { [slot.list]: [{ name: containerName(slot), image: slot.image.text }] };
  if (kind === 'Pod') return { spec: podSpec };
  const template = { template: { spec: podSpec } };
  return { spec: kind === 'CronJob' ? { jobTemplate: { spec: template } } : template };
}

const ENVIRONMENT = Array.from({ length: 6 }, (_, index) => ({
  name: `VARIABLE_${index}`,
  value: `some value of middling length ${index}`,
}));

function containerName({ list, index }: Slot): string {
  return list === 'containers' ? `c${index}` : `i${index}`;
}

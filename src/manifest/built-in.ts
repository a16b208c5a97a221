import { type FieldPath, type ObjectType, POD_IMAGE_PATHS, podSpecPath } from '../kubernetes/workloads.ts';

/** The kinds of the Prometheus operator, by API version; in each, `spec` has the members of a pod spec too. */
const PROMETHEUS_OPERATOR: Readonly<Record<string, readonly string[]>> = {
  'monitoring.coreos.com/v1': ['Prometheus', 'Alertmanager', 'ThanosRuler'],
  'monitoring.coreos.com/v1alpha1': ['PrometheusAgent'],
};

const PROMETHEUS_PATHS: readonly FieldPath[] = [
  ['spec', 'image'],
  ['spec', 'thanos', 'image'],
  ...POD_IMAGE_PATHS.map((path) => ['spec', ...path]),
];

/** The places of images in an object that need no rules: Kubernetes' workloads and the Prometheus operator's kinds. */
export function builtInImagePaths(type: ObjectType): readonly FieldPath[] {
  const podSpec = podSpecPath(type);
  if (podSpec !== undefined) return POD_IMAGE_PATHS.map((path) => [...podSpec, ...path]);
  const kinds = Object.hasOwn(PROMETHEUS_OPERATOR, type.apiVersion)
    ? PROMETHEUS_OPERATOR[type.apiVersion]
    : undefined;
  return kinds?.includes(type.kind) ? PROMETHEUS_PATHS : [];
}

const TEXT = { type: 'string' };
const TEXTS = { type: 'array', items: TEXT };

/** As much of the Prometheus Operator's definition of a ServiceMonitor as ours uses; the API server refuses other fields. */
export function serviceMonitorDefinition(): object {
  const group = 'monitoring.coreos.com';
  const endpoint = {
    type: 'object',
    properties: { path: TEXT, port: TEXT, honorLabels: { type: 'boolean' } },
  };
  const spec = {
    type: 'object',
    required: ['endpoints', 'selector'],
    properties: {
      endpoints: { type: 'array', items: endpoint },
      namespaceSelector: { type: 'object', properties: { any: { type: 'boolean' }, matchNames: TEXTS } },
      selector: {
        type: 'object',
        properties: { matchLabels: { type: 'object', additionalProperties: TEXT } },
      },
    },
  };
  const openAPIV3Schema = { type: 'object', required: ['spec'], properties: { spec } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `servicemonitors.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'ServiceMonitor', plural: 'servicemonitors', singular: 'servicemonitor' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

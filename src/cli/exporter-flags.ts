import type { FlagDefinitions } from './go-flags.ts';

const SERVING = 'Serving';
const CLUSTER = 'Cluster';
const REGISTRIES = 'Registries';
const RUNNING = 'Running';

const HOUR = 3_600_000;

/** The flags of `container-image-exporter`, those of the Go program and ours. */
export const EXPORTER_FLAGS = {
  'metrics-bind-address': {
    type: 'string',
    default: ':8080',
    group: SERVING,
    help: '`address` of /metrics as host:port; "0" serves none',
  },
  'health-probe-bind-address': {
    type: 'string',
    default: ':8081',
    group: SERVING,
    help: '`address` of /healthz and /readyz as host:port; "0" or "" serves none',
  },
  kubeconfig: {
    type: 'string',
    default: '',
    group: CLUSTER,
    help: '`file` that says how the cluster is reached; without it KUBECONFIG, the service account of the pod, ~/.kube/config',
  },
  resources: {
    type: 'string',
    default: 'all',
    group: CLUSTER,
    help: 'kinds of workloads that are watched: "all", or a `list` of pods, deployments, statefulsets, daemonsets, jobs, cronjobs, replicasets, replicationcontrollers; the last two count only where nothing else owns them',
  },
  'image-volumes': {
    type: 'boolean',
    default: true,
    group: CLUSTER,
    help: 'count images that are mounted as volumes',
  },
  'k8s-keychain': {
    type: 'boolean',
    default: true,
    group: REGISTRIES,
    help: 'log in with the pull secrets of workloads and of their service accounts',
  },
  'cloud-keychains': {
    type: 'boolean',
    default: true,
    group: REGISTRIES,
    help: 'log in to ECR, Artifact Registry, Container Registry and ACR with the identity of the pod',
  },
  platform: {
    type: 'string',
    default: 'linux/amd64',
    group: REGISTRIES,
    help: 'which image of a multi-platform one is described, as os/arch[/variant][:os.version]; "" is the first',
  },
  'cache-duration': {
    type: 'duration',
    default: HOUR,
    group: REGISTRIES,
    help: 'how long a look-up counts, before the tag is looked up again',
  },
  'registries-conf': {
    type: 'string',
    default: '',
    group: REGISTRIES,
    help: 'registries.conf `file` with mirrors, blocked and insecure registries, instead of the usual places',
  },
  'log-level': {
    type: 'string',
    default: 'info',
    group: RUNNING,
    help: '`level` of the log on standard error: debug, info, warn or error',
  },
  'log-format': {
    type: 'string',
    default: 'text',
    group: RUNNING,
    help: '`format` of the log: text or json',
  },
  version: { type: 'boolean', default: false, group: RUNNING, help: 'print the version and stop' },
} as const satisfies FlagDefinitions;

import { type ApiServerOptions, type EmbeddedApiServer, startApiServer } from '../../src/testing/index.ts';
import { type KubeRule, startKubeApiserver } from '../support/kube-apiserver.ts';
import { KubeClient } from '../support/kube-client.ts';
import { type EtcdAge, findKube } from '../support/kube-programs.ts';

const READ = ['get', 'list', 'watch'] as const;

/** What the ClusterRole of the Go program allows: neither ReplicaSets nor ReplicationControllers. */
export const ORIGINAL_ROLE: readonly KubeRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: READ },
  { apiGroups: [''], resources: ['secrets', 'serviceaccounts'], verbs: ['get', 'list'] },
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: READ },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: READ },
];

/** What ours allows: two kinds more. */
export const OUR_ROLE: readonly KubeRule[] = [
  ...ORIGINAL_ROLE,
  { apiGroups: [''], resources: ['replicationcontrollers'], verbs: READ },
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: READ },
];

/** Users of every cluster here, each with the token `NAME-token`. */
export const USERS = ['exporter', 'original', 'secretless'] as const;
export type ClusterUser = (typeof USERS)[number];

const ROLES: Readonly<Record<ClusterUser, readonly KubeRule[]>> = {
  exporter: OUR_ROLE,
  original: ORIGINAL_ROLE,
  secretless: OUR_ROLE.filter(({ resources }) => !resources.includes('secrets')),
};

/** A cluster that an exporter can be pointed at. */
export interface TestCluster extends AsyncDisposable {
  /** Who may do everything. */
  readonly client: KubeClient;
  kubeconfig(user?: ClusterUser): string;
  grant(user: ClusterUser, rules: readonly KubeRule[]): Promise<void>;
  /** Ends the API server without a word, does what is to be done meanwhile, and starts it again; the objects stay. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
}

/** A cluster whose API server is the embedded one. */
export interface EmbeddedCluster extends TestCluster {
  readonly server: EmbeddedApiServer;
}

export async function startEmbedded(options: ApiServerOptions = {}): Promise<EmbeddedCluster> {
  const server = await startApiServer({
    users: [
      { name: 'admin', token: 'admin-token' },
      ...USERS.map((name) => ({ name, token: `${name}-token`, rights: rightsOf(ROLES[name]) })),
    ],
    ...options,
  });
  return {
    server,
    client: new KubeClient(server.url, { token: 'admin-token' }),
    kubeconfig: (user = 'exporter') => kubeconfigOf(server.url, { token: `${user}-token` }),
    grant: async (user, rules) => server.grant(user, rightsOf(rules)),
    restart: async (meanwhile) => server.restart(meanwhile),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A cluster whose API server is the real one; undefined where its programs are not installed. */
export async function startReal(etcd: EtcdAge): Promise<TestCluster | undefined> {
  const programs = await findKube(etcd);
  if (typeof programs === 'string') return undefined;
  const server = await startKubeApiserver(programs, { etcd, users: USERS });
  for (const user of USERS) await server.grant(user, ROLES[user]);
  return {
    client: server.admin,
    kubeconfig: (user = 'exporter') => server.kubeconfig(server.tokenOf(user)),
    grant: (user, rules) => server.grant(user, rules),
    async restart(meanwhile) {
      await server.stop('SIGKILL');
      await meanwhile?.();
      await server.start();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Text of a kubeconfig for a server and a user of it, both as in its file. */
export function kubeconfigOf(server: string, user: object, cluster: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, ...cluster } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

function rightsOf(
  rules: readonly KubeRule[],
): { verbs: ('get' | 'list' | 'watch')[]; resources: string[] }[] {
  return rules.map(({ verbs, resources }) => ({
    verbs: READ.filter((verb) => verbs.includes(verb)),
    resources: [...resources],
  }));
}

import { join } from 'node:path';
import type { Clock, Environment } from '../http/index.ts';
import { type ProcessRunner, runProcess as startProcess } from '../process/index.ts';
import { ConfigError } from './config-error.ts';
import type { Identity } from './identity.ts';
import { inClusterConfig } from './in-cluster.ts';
import { type KubeconfigContext, readKubeconfigs } from './kubeconfig.ts';
import { type Route, routeTo } from './proxy.ts';
import { clusterOf, type Trust } from './cluster.ts';
import { ANONYMOUS, userAuthenticator } from './user.ts';

/** What the next request needs; asked for again each time, since files, tokens and certificates change. */
export interface Access {
  readonly identity: Identity;
  readonly trust: Trust;
}

/** How to reach one API server, and who to be there. */
export interface ClientConfig {
  /** Where this was found, for messages: `/home/me/.kube/config, context "dev"`. */
  readonly source: string;
  /** May have a path, below which the API is. */
  readonly server: URL;
  /** The namespace of the context, or our own in a cluster. */
  readonly namespace: string | undefined;
  readonly route: Route;
  /** Throws `ConfigError` when there is nothing to show, or the signal's reason. */
  access(signal: AbortSignal): Promise<Access>;
  /** The server answered 401 to this identity: what can be had anew is; true if another try may do. */
  refuse(identity: Identity): boolean;
}

export interface ClientConfigOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  /** Of the Node that runs us, without `v`. */
  readonly nodeVersion: string;
  /** The file that the command line names; nothing else is looked for then. */
  readonly kubeconfig?: string | undefined;
  readonly runProcess?: ProcessRunner;
}

/**
 * Finds the API server as the Go program does: the file that the command line names, `KUBECONFIG`, the service account of
 * the pod that we are in, `~/.kube/config`. Throws `ConfigError` or `ProxyError`.
 */
export async function loadClientConfig(options: ClientConfigOptions): Promise<ClientConfig> {
  const { environment, kubeconfig } = options;
  if (kubeconfig !== undefined) {
    const context = await readKubeconfigs([kubeconfig], environment);
    if (context === undefined) throw new ConfigError(`kubeconfig ${kubeconfig} does not exist`);
    return kubeconfigConfig(context, options);
  }
  const listed = (environment.variables['KUBECONFIG'] ?? '')
    .split(environment.platform === 'win32' ? ';' : ':')
    .filter((path) => path !== '');
  if (listed.length > 0) {
    const context = await readKubeconfigs(listed, environment);
    if (context === undefined)
      throw new ConfigError(`KUBECONFIG names no file that exists: ${listed.join(', ')}`);
    return kubeconfigConfig(context, options);
  }
  const inCluster = await inClusterConfig(options);
  if (inCluster !== undefined) return inCluster;
  const own = join(environment.home, '.kube', 'config');
  const context = await readKubeconfigs([own], environment);
  if (context !== undefined) return kubeconfigConfig(context, options);
  throw new ConfigError(
    `no Kubernetes configuration: there is no --kubeconfig, no KUBECONFIG, no service account of a pod and no ${own}`,
  );
}

function kubeconfigConfig(context: KubeconfigContext, options: ClientConfigOptions): ClientConfig {
  const { environment, clock, nodeVersion, runProcess = startProcess } = options;
  const { source, user, namespace } = context;
  const cluster = clusterOf(context.cluster, options);
  const authenticator =
    user === undefined
      ? ANONYMOUS
      : userAuthenticator(user, {
          environment,
          clock,
          runProcess,
          source,
          cluster: (signal) => cluster.describe(signal),
        });
  return {
    source,
    server: cluster.server,
    namespace,
    route: routeTo(cluster.server, {
      variables: environment.variables,
      nodeVersion,
      proxyUrl: cluster.proxyUrl,
      place: context.cluster.fields.place,
    }),
    access: async (signal) => ({
      identity: await authenticator.identity(signal),
      trust: await cluster.trust(signal),
    }),
    refuse: (identity) => authenticator.refuse(identity),
  };
}

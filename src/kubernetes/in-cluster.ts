import { isIPv6 } from 'node:net';
import { ConfigError } from './config-error.ts';
import type { ClientConfig, ClientConfigOptions } from './client-config.ts';
import { pemFile } from './pem.ts';
import { routeTo } from './proxy.ts';
import { tokenFileAuthenticator } from './user.ts';

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The configuration that every pod finds in its environment and files; undefined outside of a cluster, and in pods that
 * get no token. Throws `ConfigError` or `ProxyError`.
 */
export async function inClusterConfig(options: ClientConfigOptions): Promise<ClientConfig | undefined> {
  const { environment, nodeVersion } = options;
  const { variables } = environment;
  const host = variables['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = variables['KUBERNETES_SERVICE_PORT'] ?? '';
  if (host === '' || port === '' || (await read('token', options)) === undefined) return undefined;
  const server = URL.parse(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  if (server === null)
    throw new ConfigError('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are no address of a server');
  const ca = (await read('ca.crt', options)) === undefined ? undefined : pemFile(`${FOLDER}/ca.crt`, options);
  const namespace = (await read('namespace', options))?.trim();
  const authenticator = tokenFileAuthenticator(`${FOLDER}/token`, options);
  return {
    source: `service account in ${FOLDER}`,
    server,
    namespace: namespace === '' ? undefined : namespace,
    route: routeTo(server, { variables, nodeVersion, proxyUrl: undefined, place: FOLDER }),
    access: async (signal) => ({
      identity: await authenticator.identity(signal),
      trust: { ...(ca === undefined ? {} : { ca: await ca.read(signal) }), insecure: false },
    }),
    refuse: (identity) => authenticator.refuse(identity),
  };
}

async function read(name: string, { environment }: ClientConfigOptions): Promise<string | undefined> {
  try {
    return await environment.readFile(`${FOLDER}/${name}`);
  } catch (cause) {
    throw new ConfigError(`${FOLDER}/${name} cannot be read`, { cause });
  }
}

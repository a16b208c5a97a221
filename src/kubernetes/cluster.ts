import { ConfigError } from './config-error.ts';
import type { KubeconfigEntry } from './kubeconfig.ts';
import { pemOf } from './pem.ts';
import type { RotatingFileOptions } from './rotating-file.ts';

/** Which servers are believed. */
export interface Trust {
  /** The only authorities that are trusted, in PEM form; without it those of Node and the system are. */
  readonly ca?: string;
  /** The name to ask for and to check, where it is not that of the URL. */
  readonly servername?: string;
  /** True takes any certificate. */
  readonly insecure: boolean;
}

/** The cluster of a kubeconfig. */
export interface Cluster {
  readonly server: URL;
  readonly proxyUrl: string | undefined;
  trust(signal: AbortSignal): Promise<Trust>;
  /** What KUBERNETES_EXEC_INFO says of it. */
  describe(signal: AbortSignal): Promise<Readonly<Record<string, unknown>>>;
}

/** The name of the extension whose content is for exec plugins. */
const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';

/** Reads a kubeconfig's cluster; throws `ConfigError`. */
export function clusterOf(entry: KubeconfigEntry, options: RotatingFileOptions): Cluster {
  const { fields } = entry;
  const server = URL.parse(fields.required('server'));
  if (server === null || !/^https?:$/.test(server.protocol))
    throw new ConfigError(`${fields.place}.server is not a URL with http or https`);
  const insecure = fields.boolean('insecure-skip-tls-verify');
  const servername = fields.string('tls-server-name');
  const proxyUrl = fields.string('proxy-url');
  const ca = pemOf(entry, 'certificate-authority', options);
  const trust = async (signal: AbortSignal): Promise<Trust> => ({
    ...(ca === undefined || insecure ? {} : { ca: await ca.read(signal) }),
    ...(servername === undefined ? {} : { servername }),
    insecure,
  });
  const extension = fields.objects('extensions').find((item) => item.string('name') === EXEC_EXTENSION);
  return {
    server,
    proxyUrl,
    trust,
    describe: async (signal) => {
      const { ca: authorities } = await trust(signal);
      return {
        server: fields.string('server'),
        'tls-server-name': servername,
        'insecure-skip-tls-verify': insecure || undefined,
        'certificate-authority-data':
          authorities === undefined ? undefined : Buffer.from(authorities, 'utf8').toString('base64'),
        'proxy-url': proxyUrl,
        config: extension?.get('extension'),
      };
    },
  };
}

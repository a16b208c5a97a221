import { join } from 'node:path';
import type { Environment } from '../http/index.ts';
import type { ConfigSource } from './config-keychain.ts';

/** Where credentials may be, in the order in which they count. */
export interface Sources {
  /** `DOCKER_AUTH_CONFIG`, then docker's `config.json`: as in docker, the first that has the host decides. */
  readonly docker: readonly ConfigSource[];
  /** Podman's files by containers-auth.json(5); docker's own file, also in that list, is above. */
  readonly podman: readonly ConfigSource[];
}

/** The places an environment names or implies; nothing is read yet. Empty variables count as unset. */
export function credentialSources(environment: Environment, warn: (message: string) => void): Sources {
  const { variables, home, uid, platform } = environment;
  const file = (path: string, rest: Pick<ConfigSource, 'dialect' | 'format'>): ConfigSource => ({
    name: path,
    ...rest,
    read: async () => await environment.readFile(path),
  });

  const inline = variables['DOCKER_AUTH_CONFIG'] ?? '';
  const dockerFolder = variables['DOCKER_CONFIG'] || join(home, '.docker');
  const docker = [
    { name: 'DOCKER_AUTH_CONFIG', dialect: 'docker', format: 'config', read: async () => inline },
    file(join(dockerFolder, 'config.json'), { dialect: 'docker', format: 'config' }),
  ] satisfies ConfigSource[];

  const named = variables['REGISTRY_AUTH_FILE'];
  if (named) {
    const source = file(named, { dialect: 'podman', format: 'config' });
    const read = async (): Promise<string | undefined> => {
      const text = await source.read();
      if (text === undefined) warn(`REGISTRY_AUTH_FILE names ${named}, which does not exist`);
      return text;
    };
    return { docker, podman: [{ ...source, read }] };
  }

  const paths = [join(variables['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers/auth.json')];
  if (platform !== 'darwin' && platform !== 'win32') {
    const runtime = variables['XDG_RUNTIME_DIR'];
    paths.unshift(runtime ? join(runtime, 'containers/auth.json') : `/run/containers/${uid}/auth.json`);
  }
  return {
    docker,
    podman: [
      ...paths.map((path) => file(path, { dialect: 'podman', format: 'config' })),
      file(join(home, '.dockercfg'), { dialect: 'docker', format: 'legacy' }),
    ],
  };
}

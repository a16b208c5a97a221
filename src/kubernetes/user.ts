import { resolve } from 'node:path';
import type { Clock, Environment } from '../http/index.ts';
import type { ProcessRunner } from '../process/index.ts';
import { ConfigError } from './config-error.ts';
import { ExecPlugin } from './exec-plugin.ts';
import { type Authenticator, bearer, type Identity } from './identity.ts';
import { impersonation } from './impersonation.ts';
import type { KubeconfigEntry } from './kubeconfig.ts';
import { OfficialUser } from './official-user.ts';
import { type Pem, pemOf } from './pem.ts';
import { RotatingFile, type RotatingFileOptions } from './rotating-file.ts';

export interface UserOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly runProcess: ProcessRunner;
  /** For messages: `~/.kube/config, context "dev"`. */
  readonly source: string;
  /** What an exec plugin is told of the cluster, if it wants to know. */
  readonly cluster: (signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>;
}

/** Nobody: what the server allows to all. */
export const ANONYMOUS: Authenticator = {
  identity: async () => ({ headers: {} }),
  refuse: () => false,
};

/** The user of a kubeconfig; throws `ConfigError`. */
export function userAuthenticator(entry: KubeconfigEntry, options: UserOptions): Authenticator {
  const base = baseAuthenticator(entry, options);
  const headers = impersonation(entry.fields);
  const cert = pemOf(entry, 'client-certificate', options);
  const key = pemOf(entry, 'client-key', options);
  if ((cert === undefined) !== (key === undefined)) {
    const [present, missing] = cert === undefined ? ['key', 'certificate'] : ['certificate', 'key'];
    throw new ConfigError(`${entry.fields.place} has a client-${present}, but no client-${missing}`);
  }
  return {
    identity: async (signal) => {
      const identity = await base.identity(signal);
      return {
        ...(await pair(cert, key, signal)),
        ...identity,
        headers: { ...identity.headers, ...headers },
      };
    },
    refuse: (identity) => {
      const again = [base.refuse(identity), cert?.expire() ?? false, key?.expire() ?? false];
      return again.includes(true);
    },
  };
}

/** Bearer tokens that are in a file. */
export function tokenFileAuthenticator(path: string, options: RotatingFileOptions): Authenticator {
  const file = new RotatingFile(path, options);
  return {
    identity: async (signal) => bearer(await file.read(signal)),
    refuse: () => {
      file.expire();
      return true;
    },
  };
}

/** Of several kinds the first in the order of kubectl; a plugin is only asked where nothing else is said. */
function baseAuthenticator(entry: KubeconfigEntry, options: UserOptions): Authenticator {
  const { fields: user, folder } = entry;
  // The second name is that of the official JavaScript client.
  const tokenFile = user.string('tokenFile') ?? user.string('token-file');
  if (tokenFile !== undefined) return tokenFileAuthenticator(resolve(folder, tokenFile), options);
  const token = user.string('token');
  if (token !== undefined) return fixed(bearer(token.trim()));
  const username = user.string('username');
  if (username !== undefined) {
    const password = user.string('password') ?? '';
    const secret = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
    return fixed({ headers: { authorization: `Basic ${secret}` } });
  }
  const provider = user.object('auth-provider');
  if (provider !== undefined) {
    const name = `auth-provider ${provider.string('name')} of ${options.source}`;
    return new OfficialUser({ name, provider, clock: options.clock });
  }
  return execAuthenticator(entry, options) ?? ANONYMOUS;
}

function fixed(identity: Identity): Authenticator {
  return { identity: async () => identity, refuse: () => false };
}

async function pair(
  cert: Pem | undefined,
  key: Pem | undefined,
  signal: AbortSignal,
): Promise<{ cert?: string; key?: string }> {
  if (cert === undefined || key === undefined) return {};
  return { cert: await cert.read(signal), key: await key.read(signal) };
}

const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

function execAuthenticator(
  { fields: user, folder }: KubeconfigEntry,
  { environment, clock, runProcess, source, cluster }: UserOptions,
): Authenticator | undefined {
  const exec = user.object('exec');
  if (exec === undefined) return undefined;
  const apiVersion = exec.required('apiVersion');
  if (!EXEC_VERSIONS.includes(apiVersion)) {
    throw new ConfigError(
      `${exec.place}.apiVersion is none of ${EXEC_VERSIONS.join(', ')}: the plugin is too old`,
    );
  }
  if (exec.string('interactiveMode') === 'Always')
    throw new ConfigError(
      `${exec.place}: the plugin asks for a terminal (interactiveMode), and there is none`,
    );
  const command = exec.required('command');
  const variables: Record<string, string | undefined> = { ...environment.variables };
  for (const item of exec.objects('env')) variables[item.required('name')] = item.string('value') ?? '';
  return new ExecPlugin({
    name: `exec plugin ${command} of ${source}`,
    apiVersion,
    // A path starts at the file's folder; a name alone is looked up on PATH.
    command: /[\\/]/.test(command) ? resolve(folder, command) : command,
    args: exec.strings('args'),
    variables,
    installHint: exec.string('installHint'),
    cluster: exec.boolean('provideClusterInfo') ? cluster : undefined,
    run: runProcess,
    clock,
  });
}

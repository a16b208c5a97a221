import { join } from 'node:path';
import type { Environment } from '../http/index.ts';
import { ConfigError } from './registries-conf.ts';

/** PEM texts that are trusted or shown when connecting to one host. */
export interface HostCertificates {
  /** Trusted besides the system's. */
  readonly ca: readonly string[];
  /** A client certificate; always together with `key`. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads the folder `certs.d/<host[:port]>` as podman and docker do (containers-certs.d(5)): `*.crt` are
 * authorities, `NAME.cert` and `NAME.key` a client's pair, of several pairs the first by name. The user's folder
 * comes before those of the system, and the first that has files is the only one. Throws `ConfigError`.
 */
export async function hostCertificates(host: string, environment: Environment): Promise<HostCertificates> {
  const parents = [
    join(environment.home, '.config/containers/certs.d'),
    '/etc/containers/certs.d',
    '/etc/docker/certs.d',
  ];
  for (const parent of parents) {
    const folder = join(parent, host);
    const names = await list(folder, environment);
    if (names.length > 0) return await readFolder(folder, names, environment);
  }
  return { ca: [] };
}

async function readFolder(
  folder: string,
  names: readonly string[],
  environment: Environment,
): Promise<HostCertificates> {
  const stems = (ending: string): string[] =>
    names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  const certs = stems('.cert');
  const keys = stems('.key');
  const loneCert = certs.find((stem) => !keys.includes(stem));
  if (loneCert !== undefined) {
    throw new ConfigError(
      `${join(folder, `${loneCert}.cert`)} has no ${loneCert}.key beside it (the certificate of an authority must be named ${loneCert}.crt)`,
    );
  }
  const loneKey = keys.find((stem) => !certs.includes(stem));
  if (loneKey !== undefined) {
    throw new ConfigError(
      `${join(folder, `${loneKey}.key`)} has no client certificate ${loneKey}.cert beside it`,
    );
  }
  const ca: string[] = [];
  for (const stem of stems('.crt')) {
    ca.push(await readPem(join(folder, `${stem}.crt`), 'CERTIFICATE', environment));
  }
  const [pair] = certs;
  if (pair === undefined) return { ca };
  return {
    ca,
    cert: await readPem(join(folder, `${pair}.cert`), 'CERTIFICATE', environment),
    key: await readPem(join(folder, `${pair}.key`), 'PRIVATE KEY', environment),
  };
}

async function list(folder: string, environment: Environment): Promise<readonly string[]> {
  try {
    return await environment.readDirectory(folder);
  } catch (cause) {
    // Other users' folders below /etc are often closed; podman passes them by, too.
    if (cause instanceof Error && Reflect.get(cause, 'code') === 'EACCES') return [];
    throw new ConfigError(`${folder} cannot be read`, { cause });
  }
}

async function readPem(path: string, kind: string, environment: Environment): Promise<string> {
  let text: string | undefined;
  try {
    text = await environment.readFile(path);
  } catch (cause) {
    throw new ConfigError(`${path} cannot be read`, { cause });
  }
  if (text === undefined) throw new ConfigError(`${path} does not exist: a broken link?`);
  if (!new RegExp(`^-----BEGIN [A-Z ]*${kind}-----`, 'm').test(text)) {
    throw new ConfigError(`${path} holds no ${kind.toLowerCase()} in PEM form`);
  }
  return text;
}

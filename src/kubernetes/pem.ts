import { resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import type { KubeconfigEntry } from './kubeconfig.ts';
import { RotatingFile, type RotatingFileOptions } from './rotating-file.ts';

/** A PEM text of a configuration: in it, or in a file that it names and that may be replaced at any time. */
export interface Pem {
  read(signal: AbortSignal): Promise<string>;
  /** Looks at the file again with the next use; false if there is none. */
  expire(): boolean;
}

/** The PEM of the member `NAME-data`, which wins, or of the file `NAME`; undefined without both. Throws `ConfigError`. */
export function pemOf(
  { fields, folder }: KubeconfigEntry,
  name: string,
  options: RotatingFileOptions,
): Pem | undefined {
  const data = fields.decoded(`${name}-data`);
  if (data !== undefined) {
    if (!isPem(data)) throw new ConfigError(`${fields.place}.${name}-data is not base64 of PEM`);
    return { read: async () => data, expire: () => false };
  }
  const path = fields.string(name);
  return path === undefined ? undefined : pemFile(resolve(folder, path), options);
}

/** The PEM in a file. */
export function pemFile(path: string, options: RotatingFileOptions): Pem {
  const file = new RotatingFile(path, options, (text) => (isPem(text) ? undefined : 'holds no PEM'));
  return {
    read: async (signal) => await file.read(signal),
    expire: () => {
      file.expire();
      return true;
    },
  };
}

function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

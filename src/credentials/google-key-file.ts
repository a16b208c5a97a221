import { join } from 'node:path';
import type { Environment } from '../http/index.ts';
import { CloudFault, safeWords } from './cloud-fault.ts';
import { type CloudTransport, WatchedTransport } from './cloud-http.ts';
import { IMPERSONATED, impersonatedToken } from './google-impersonation.ts';
import type { GoogleToken } from './google-metadata.ts';

export const KEY_FILE = 'GOOGLE_APPLICATION_CREDENTIALS';

export interface KeyFileOptions {
  /** Who names the file; starts the messages of faults. */
  readonly label: string;
  readonly environment: Environment;
  readonly transport: CloudTransport;
}

/** A token of a key file, and who pays for what is done with it. */
export interface KeyFileToken extends GoogleToken {
  /** `quota_project_id` of the file. */
  readonly quotaProject: string | undefined;
}

/** Where gcloud writes what `gcloud auth application-default login` is given; undefined on a Windows without `APPDATA`. */
export function wellKnownFile({ variables, home, platform }: Environment): string | undefined {
  const name = 'application_default_credentials.json';
  const folder = variables['CLOUDSDK_CONFIG'];
  if (folder) return join(folder, name);
  if (platform !== 'win32') return join(home, '.config/gcloud', name);
  const data = variables['APPDATA'];
  return data ? join(data, 'gcloud', name) : undefined;
}

/** An access token by a key file; undefined where there is no such file. Throws `CloudFault`. */
export async function keyFileToken(path: string, options: KeyFileOptions): Promise<KeyFileToken | undefined> {
  const { label, transport } = options;
  const text = await read(path, options);
  if (text === undefined) return undefined;
  const key = parseKey(text);
  if (key === undefined) throw invalid(label, `${path} is no JSON object`);
  const watched = new WatchedTransport(transport);
  let answer: GoogleToken;
  try {
    answer = await buy(key, watched.send);
  } catch (error) {
    const words = isOpenSslFault(error) ? 'its private_key cannot be read' : safeWords(error, secretsOf(key));
    throw new CloudFault(`Google: ${label} ${path}: ${words}`, { reason: watched.reason });
  }
  if (answer.token === '') {
    throw new CloudFault(`Google: ${label} ${path}: the answer has no token`, { reason: 'invalid_answer' });
  }
  const quotaProject: unknown = Reflect.get(key, 'quota_project_id');
  return {
    ...answer,
    quotaProject: typeof quotaProject === 'string' && quotaProject !== '' ? quotaProject : undefined,
  };
}

/** The token of the file that `GOOGLE_APPLICATION_CREDENTIALS` names, which has to be there. Throws `CloudFault`. */
export async function namedKeyFileToken(
  path: string,
  options: Omit<KeyFileOptions, 'label'>,
): Promise<KeyFileToken> {
  const token = await keyFileToken(path, { ...options, label: KEY_FILE });
  if (token === undefined) throw invalid(KEY_FILE, `${path} does not exist`);
  return token;
}

async function buy(key: object, transport: CloudTransport): Promise<GoogleToken> {
  const sdk = await import('./google-sdk.ts');
  const sourceToken = async (source: object): Promise<GoogleToken> =>
    await sdk.keyFileToken(source, transport);
  if (Reflect.get(key, 'type') !== IMPERSONATED) return await sourceToken(key);
  return await impersonatedToken(key, { transport, sourceToken });
}

async function read(path: string, { label, environment }: KeyFileOptions): Promise<string | undefined> {
  try {
    return await environment.readFile(path);
  } catch (error) {
    throw invalid(label, `${path} cannot be read: ${safeWords(error)}`);
  }
}

/** What OpenSSL says of a key that is none is for those who know its source. */
function isOpenSslFault(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && code.startsWith('ERR_OSSL');
}

function parseKey(text: string): object | undefined {
  try {
    const key: unknown = JSON.parse(text);
    return typeof key === 'object' && key !== null && !Array.isArray(key) ? key : undefined;
  } catch {
    // The words of the parser would quote the key.
    return undefined;
  }
}

function secretsOf(key: object): string[] {
  const source: unknown = Reflect.get(key, 'source_credentials');
  const keys = typeof source === 'object' && source !== null ? [key, source] : [key];
  const names = ['private_key', 'client_secret', 'refresh_token'];
  const secrets = keys.flatMap((holder) => names.map((name): unknown => Reflect.get(holder, name)));
  return secrets.filter((secret) => typeof secret === 'string');
}

function invalid(label: string, what: string): CloudFault {
  return new CloudFault(`Google: ${label}: ${what}`, { reason: 'invalid_configuration' });
}

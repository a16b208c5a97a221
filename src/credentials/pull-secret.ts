import type { Credential } from '../registry/index.ts';
import { entryCredential } from './auth-entry.ts';
import { entryName, parseConfigFile } from './config-file.ts';
import { CredentialError } from './errors.ts';
import { type PullKey, parsePullKey } from './pull-key.ts';

/** One credential of a pull secret and what it is for. */
export interface PullSecretEntry {
  readonly key: PullKey;
  readonly credential: Credential;
}

/** A secret can hold tens of thousands, each of which takes time and memory; nobody has use for so many. */
const MOST_ENTRIES = 250;

/** Type of a Secret → the key of its data that counts, and how that is written. */
const FORMATS = {
  'kubernetes.io/dockerconfigjson': { dataKey: '.dockerconfigjson', format: 'config' },
  'kubernetes.io/dockercfg': { dataKey: '.dockercfg', format: 'legacy' },
} as const;

/**
 * The entries of a Secret as the API server sends it, in the order in which they are written; none for a Secret of
 * another type or without the key of its type. `name` opens the message of the `CredentialError` that it throws where
 * anything in it cannot be read, be it one entry: the kubelet does not use such a secret either.
 */
export function parsePullSecret(secret: unknown, name: string): readonly PullSecretEntry[] {
  const type = member(secret, 'type');
  if (type !== 'kubernetes.io/dockerconfigjson' && type !== 'kubernetes.io/dockercfg') return [];
  const { dataKey, format } = FORMATS[type];
  const data = member(member(secret, 'data'), dataKey) ?? '';
  const source = `${name}: ${dataKey}`;
  if (typeof data !== 'string') throw new CredentialError(`${source} is not a string`);
  const { auths } = parseConfigFile(decodeData(data, source), source, format);
  if (auths.size > MOST_ENTRIES) {
    throw new CredentialError(
      `${source} has ${auths.size} entries, more than the ${MOST_ENTRIES} that are read`,
    );
  }
  const entries: PullSecretEntry[] = [];
  for (const [written, entry] of auths) {
    const credential = entryCredential(entry, `${source}: ${entryName(written, format)}`);
    const key = parsePullKey(written);
    if (key !== undefined && credential !== undefined) entries.push({ key, credential });
  }
  return entries;
}

function decodeData(data: string, source: string): string {
  const bytes = Buffer.from(data, 'base64');
  if (bytes.toString('base64') !== data) throw new CredentialError(`${source} is not base64`);
  return bytes.toString('utf8');
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

import { ApiError, type ApiServer } from '../kubernetes/index.ts';
import type { CredentialFault } from './secret-reader-objects.ts';
import { SecretReader } from './secret-reader.ts';

/** A cluster in memory, for tests: path → object, or an Error that is thrown instead; all else is not found. */
export interface FakeCluster {
  readonly objects: Map<string, unknown>;
  /** Paths in the order in which they were asked for. */
  readonly asked: string[];
  readonly faults: CredentialFault[];
  readonly reader: SecretReader;
  /** Ends the reader. */
  readonly stop: AbortController;
  /** The clock, in milliseconds. */
  now: number;
  /** What the server waits for before it answers. */
  hold: () => Promise<unknown>;
}

export function fakeCluster(objects: Readonly<Record<string, unknown>> = {}): FakeCluster {
  const asked: string[] = [];
  const faults: CredentialFault[] = [];
  const stop = new AbortController();
  const known = new Map(Object.entries(objects));
  const api: ApiServer = {
    get: async (path, _query, signal) => {
      signal.throwIfAborted();
      asked.push(path);
      const found = known.get(path) ?? refusal(404, 'NotFound');
      await cluster.hold();
      if (found instanceof Error) throw found;
      return found;
    },
    watch: () => {
      throw new Error('secrets are not watched');
    },
  };
  const cluster: FakeCluster = {
    objects: known,
    asked,
    faults,
    stop,
    now: 0,
    hold: async () => undefined,
    reader: new SecretReader({
      api,
      clock: { now: () => cluster.now },
      signal: stop.signal,
      onFault: (fault) => faults.push(fault),
    }),
  };
  return cluster;
}

export function refusal(status: number, reason: string): ApiError {
  return new ApiError({ operation: 'get it', status, reason, message: 'no' });
}

/** A pull secret: registry key → user, whose password is `pw`. */
export function pullSecret(version: string, users: Readonly<Record<string, string>>): unknown {
  const auths = Object.fromEntries(
    Object.entries(users).map(([key, username]) => [key, { username, password: 'pw' }]),
  );
  const text = Buffer.from(JSON.stringify({ auths })).toString('base64');
  return {
    metadata: { resourceVersion: version },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': text },
  };
}

export function serviceAccount(version: string, ...secrets: readonly string[]): unknown {
  return {
    metadata: { resourceVersion: version },
    secrets: [{ name: 'default-token-abcde' }],
    imagePullSecrets: secrets.map((name) => ({ name })),
  };
}

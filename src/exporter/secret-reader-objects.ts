import { CredentialError } from '../credentials/index.ts';
import { toError, within } from '../http/index.ts';
import { ApiError, type ApiServer, fieldOf } from '../kubernetes/index.ts';

/** Something that keeps a credential from being used; `source` and `reason` are labels of metrics. */
export interface CredentialFault {
  readonly source: 'pull-secret' | 'service-account' | 'keychain';
  readonly reason: 'forbidden' | 'invalid' | 'unavailable';
  /** Without secrets. */
  readonly message: string;
  /** True where the attempt before failed with the same message: worth counting, not worth a line in the log. */
  readonly repeated: boolean;
}

export interface ObjectReaderOptions {
  readonly api: ApiServer;
  readonly clock: { now(): number };
  /** Ends all reading. */
  readonly signal: AbortSignal;
  readonly onFault: (fault: CredentialFault) => void;
}

/** What is read of objects of one resource. */
export interface ObjectKind<T> {
  readonly source: CredentialFault['source'];
  /** Plural, as in paths: `secrets`. */
  readonly resource: string;
  /** As in messages: `secret`. */
  readonly noun: string;
  /** The content of an object that is not there or not to be used. */
  readonly nothing: T;
  /** Throws `CredentialError`, whose message begins with `name`. */
  readonly parse: (object: unknown, name: string) => T;
}

/** What is kept of an object of the cluster. */
export interface ClusterObject<T> {
  /** Its resourceVersion; `absent` or `forbidden` where none could be read. Only good for comparing. */
  readonly version: string;
  readonly content: T;
}

interface Entry<T> {
  found: ClusterObject<T> | undefined;
  /** Why nothing is there; thrown until the next attempt. */
  failure: unknown;
  fault: string | undefined;
  until: number;
  used: number;
  reading: Promise<ClusterObject<T>> | undefined;
}

const FRESH = 300_000;
const RETRY = 30_000;
const UNUSED = 6 * 3_600_000;
const MOST = 10_000;
/** Entries of secrets, or names in accounts, that are kept in all; some hundred bytes each. */
const MOST_ITEMS = 20_000;

// The name of a secret is what the author of a pod wrote: it must not become a way to another path of the API.
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Reads objects of one resource by name, each at most every five minutes, and once for all who wait for it. */
export class ObjectReader<T extends readonly unknown[]> {
  readonly #kind: ObjectKind<T>;
  readonly #options: ObjectReaderOptions;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry<T>>();
  #items = 0;

  constructor(kind: ObjectKind<T>, options: ObjectReaderOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  /**
   * The object, or the last one that could be read while the server does not answer; throws `ApiError` where there is
   * none. One that does not exist, may not be read or makes no sense has no content.
   */
  async get(namespace: string, name: string, signal: AbortSignal): Promise<ClusterObject<T>> {
    signal.throwIfAborted();
    if (!NAME.test(namespace) || !NAME.test(name)) return { version: 'absent', content: this.#kind.nothing };
    const now = this.#options.clock.now();
    const key = `${namespace}/${name}`;
    const entry = this.#use(key, now);
    // Where the clock was set back, what it said before is too long.
    if (entry.reading === undefined && now < entry.until && entry.until <= now + FRESH) {
      if (entry.found === undefined) throw entry.failure;
      return entry.found;
    }
    entry.reading ??= this.#read(entry, namespace, name).finally(() => {
      entry.reading = undefined;
    });
    return await within(entry.reading, signal);
  }

  #use(key: string, now: number): Entry<T> {
    const entry = this.#entries.get(key) ?? {
      found: undefined,
      failure: undefined,
      fault: undefined,
      until: -Infinity,
      used: now,
      reading: undefined,
    };
    entry.used = now;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, other] of this.#entries) {
      const isFull = this.#entries.size > MOST || this.#items > MOST_ITEMS;
      if (other === entry || (!isFull && now - other.used < UNUSED)) break;
      this.#entries.delete(oldest);
      this.#items -= other.found?.content.length ?? 0;
    }
    return entry;
  }

  #keep(key: string, entry: Entry<T>, found: ClusterObject<T>): void {
    // It may have been forgotten while it was read.
    if (this.#entries.get(key) === entry) {
      this.#items += found.content.length - (entry.found?.content.length ?? 0);
    }
    entry.found = found;
  }

  async #read(entry: Entry<T>, namespace: string, name: string): Promise<ClusterObject<T>> {
    const { resource, noun } = this.#kind;
    const { api, clock, signal } = this.#options;
    let found: ClusterObject<T> | undefined;
    try {
      const object = await api.get(`/api/v1/namespaces/${namespace}/${resource}/${name}`, {}, signal);
      found = this.#parse(entry, object, `${noun} ${namespace}/${name}`);
    } catch (error) {
      signal.throwIfAborted();
      found = this.#refused(entry, error);
      if (found === undefined) {
        entry.failure = error;
        entry.until = clock.now() + RETRY;
        this.#report(entry, 'unavailable', toError(error).message);
        if (entry.found === undefined) throw error;
        return entry.found;
      }
    }
    this.#keep(`${namespace}/${name}`, entry, found);
    entry.until = clock.now() + FRESH;
    return found;
  }

  #parse(entry: Entry<T>, object: unknown, name: string): ClusterObject<T> {
    const version = versionOf(object);
    try {
      const content = this.#kind.parse(object, name);
      entry.fault = undefined;
      return { version, content };
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      this.#report(entry, 'invalid', error.message);
      return { version, content: this.#kind.nothing };
    }
  }

  /** What a refusal says of the object; undefined where the same question may have another answer soon. */
  #refused(entry: Entry<T>, error: unknown): ClusterObject<T> | undefined {
    if (!(error instanceof ApiError)) return undefined;
    const content = this.#kind.nothing;
    if (error.status === 404) {
      entry.fault = undefined;
      return { version: 'absent', content };
    }
    if (error.status !== 403) return undefined;
    const wayOut = `allow get on ${this.#kind.resource}, or set --k8s-keychain=false`;
    this.#report(entry, 'forbidden', `${error.message}; ${wayOut}`);
    return { version: 'forbidden', content };
  }

  #report(entry: Entry<T>, reason: CredentialFault['reason'], message: string): void {
    const repeated = entry.fault === message;
    entry.fault = message;
    this.#options.onFault({ source: this.#kind.source, reason, message, repeated });
  }
}

function versionOf(object: unknown): string {
  const version = fieldOf(object, 'metadata', 'resourceVersion');
  return typeof version === 'string' ? version : '';
}

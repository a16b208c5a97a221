import type { Clock } from '../../src/http/index.ts';
import type { Digest, Reference, Repository } from '../../src/oci/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import {
  type Copier,
  type CopyJob,
  type Credential,
  type GuardMode,
  type HostCertificates,
  type Pace,
  type RegistriesConf,
  RegistryClient,
  startOfCopy,
  type RequestEvent,
  type Withheld,
} from '../../src/registry/index.ts';

/** A clock that never waits: a sleep moves the time on and is over. */
export class QuickClock implements Clock {
  /** Every sleep, in milliseconds. */
  readonly sleeps: number[] = [];
  #now: number;

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.sleeps.push(milliseconds);
    const end = this.#now + milliseconds;
    // What else is ready goes first, as it would in real time.
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    this.#now = Math.max(this.#now, end);
  }
}

export interface TestClientOptions {
  /** What the keychain offers, by registry, else by `registry/path`. */
  readonly credentials?: Readonly<Record<string, readonly (Credential | Withheld)[]>>;
  readonly registries?: RegistriesConf['registries'];
  readonly certificates?: Readonly<Record<string, HostCertificates>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly clock?: QuickClock;
  readonly pace?: Partial<Pace>;
  readonly guard?: GuardMode;
}

/** A client as the programs make it, with a clock that does not wait and a record of what it did. */
export class TestClient implements Disposable {
  readonly clock: QuickClock;
  readonly events: RequestEvent[] = [];
  /** Repositories that the keychain was asked for. */
  readonly asked: Repository[] = [];
  readonly client: RegistryClient;
  readonly signal: AbortSignal;

  constructor(options: TestClientOptions = {}) {
    const { credentials = {}, registries = [], certificates = {}, variables = {} } = options;
    this.clock = options.clock ?? new QuickClock();
    this.signal = options.signal ?? new AbortController().signal;
    this.client = new RegistryClient({
      keychain: {
        credentials: async (repository) => {
          this.asked.push(repository);
          const { registry, path } = repository;
          return credentials[`${registry}/${path}`] ?? credentials[registry] ?? [];
        },
      },
      registries: { registries, credentialHelpers: [] },
      certificates: async (registry) => certificates[registry] ?? { ca: [] },
      variables,
      signal: this.signal,
      onRequest: (event) => void this.events.push(event),
      clock: this.clock,
      ...(options.pace ? { pace: options.pace } : {}),
      ...(options.guard ? { guard: options.guard } : {}),
      random: () => 0,
    });
  }

  /** Resolves a name as it is written in manifests. */
  async digestOf(text: string): Promise<string> {
    return (await this.client.resolve(parseReference(text), this.signal)).digest;
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

/** Copies images by name with one copier, as a run does. */
export class TestCopy {
  readonly notices: string[] = [];
  readonly progress = startOfCopy();
  readonly #test: TestClient;
  readonly #copier: Copier;

  /** `present` names images with the digests that their targets were seen to have. */
  constructor(
    test: TestClient,
    {
      referrers = true,
      present = [],
    }: { readonly referrers?: boolean; readonly present?: readonly (readonly [string, Digest])[] } = {},
  ) {
    this.#test = test;
    this.#copier = test.client.copier({
      referrers,
      present: present.map(([text, digest]) => ({
        target: test.client.target(parseReference(text).repository),
        digest,
      })),
      progress: this.progress,
      onNotice: (text) => void this.notices.push(text),
    });
  }

  /** Looks both sides up and copies what is not there; the digest. */
  async copy(from: string, to: string, signal: AbortSignal = this.#test.signal): Promise<string> {
    const { client } = this.#test;
    const [source, target] = [parseReference(from), parseReference(to)];
    const { digest } = await client.resolve(source, signal);
    const sameHost = source.repository.registry === target.repository.registry;
    const rights = { push: true, ...(sameHost ? { from: source.repository.path } : {}) };
    const there = await client.lookUpTarget(target, rights, signal);
    await this.#copier.copy(jobOf(client, source, target, digest, there?.digest === digest), signal);
    return digest;
  }
}

function jobOf(
  client: RegistryClient,
  source: Reference,
  target: Reference,
  digest: CopyJob['digest'],
  present: boolean,
): CopyJob {
  return {
    source: client.source(source),
    digest,
    target: client.target(target.repository),
    tag: target.tag,
    present,
  };
}

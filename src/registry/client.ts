import {
  type Descriptor,
  type Digest,
  formatReference,
  formatRepository,
  NameError,
  parseManifest,
  type Reference,
  type Repository,
  referenceTo,
} from '../oci/index.ts';
import { type Clock, systemClock } from '../http/index.ts';
import { placesForLargeBodies } from './body.ts';
import { Copier, type CopierOptions } from './copy.ts';
import { RegistryError } from './errors.ts';
import { type RequestEvent, RegistryHost } from './host.ts';
import { ImageReader } from './image-reader.ts';
import type { GuardMode } from './guard.ts';
import type { Keychain } from './keychain.ts';
import { type EndpointRequest, endpointsFor } from './mirrors.ts';
import type { Origin } from './origin.ts';
import { type Pace, RUN_PACE } from './pace.ts';
import { type BlobDescriptor, type FetchedManifest, type Resolved, type Rights, resolveAt } from './pull.ts';
import { PullSource } from './pull-source.ts';
import { hasBlob, pushBlobs } from './push.ts';
import { findReferrers, ReferrersTagWriter } from './referrers.ts';
import type { RegistriesConf } from './registries-conf.ts';
import { Recent } from './recent.ts';
import { createTransport, type TlsOptions, type Transport } from './transport.ts';
import { Warnings } from './warnings.ts';

export interface RegistryClientOptions {
  readonly keychain: Keychain;
  readonly registries: RegistriesConf;
  /** CA and client certificates of a host. */
  readonly certificates: (registry: string) => Promise<Omit<TlsOptions, 'insecure'>>;
  /** The environment's variables, for proxies. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Ends everything that the client does. */
  readonly signal: AbortSignal;
  readonly onRequest?: (event: RequestEvent) => void;
  /** Hears, each once, what registries want people to know. */
  readonly onWarning?: (text: string) => void;
  /** Where it differs from that of a run that somebody waits for. */
  readonly pace?: Partial<Pace>;
  /** Addresses that no image may lead to; none are out of bounds when not given. */
  readonly guard?: GuardMode;
  readonly clock?: Clock;
  readonly random?: () => number;
}

type ReadReference = Pick<Reference, 'repository' | 'tag' | 'digest'>;

/** Where a reference points, and which host said so. */
export interface Located extends Resolved {
  /** The registry or mirror that answered. */
  readonly answeredBy: string;
}

/** Hosts that are known at a time: in a cluster whoever may create a Pod names new ones. */
const MOST_HOSTS = 1000;
/** Repositories that are read whose manifests are kept: a mass copy goes through tens of thousands. */
const MOST_SOURCES = 500;

/** A client of any number of registries: one pool, one patience and one set of tokens per host. */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #transport: Transport;
  readonly #warnings: Warnings;
  readonly #largeBodies = placesForLargeBodies();
  readonly #hosts = new Recent<RegistryHost>(MOST_HOSTS);
  readonly #sources = new Recent<PullSource>(MOST_SOURCES);
  readonly #referrersTags = new ReferrersTagWriter();

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    this.#warnings = new Warnings(options.onWarning ?? (() => undefined));
    this.#transport = createTransport({
      variables: options.variables,
      nodeVersion: process.versions.node,
      connections: options.pace?.width,
    });
  }

  /** What a reference points at now. Throws `RegistryError`, also when there is nothing. */
  async resolve(reference: Reference, signal: AbortSignal): Promise<Located> {
    const source = this.source(reference);
    const found = await source.resolve(reference, signal);
    if (found) return { ...found, answeredBy: found.origin.host.registry };
    const name = reference.digest ?? `tag "${reference.tag}"`;
    throw new RegistryError({
      repository: reference.repository,
      operation: `look up ${name}`,
      status: 404,
      reason: 'there is no such image',
    });
  }

  /**
   * What a target holds now; undefined when it holds nothing, or when the registry refuses to say:
   * many refuse reading what is not there yet, and a push tells the truth. Throws `RegistryError`.
   */
  async lookUpTarget(
    reference: Reference,
    rights: Rights,
    signal: AbortSignal,
  ): Promise<Resolved | undefined> {
    try {
      return await resolveAt(this.target(reference.repository), reference, signal, rights);
    } catch (error) {
      if (error instanceof RegistryError && (error.status === 401 || error.status === 403)) return undefined;
      throw error;
    }
  }

  /** True when a target is seen to have a blob; one that refuses to say has none. Throws `RegistryError` for other failures. */
  async targetHasBlob(repository: Repository, blob: BlobDescriptor, signal: AbortSignal): Promise<boolean> {
    try {
      return await hasBlob(this.target(repository), blob, signal);
    } catch (error) {
      if (error instanceof RegistryError && (error.status === 401 || error.status === 403)) return false;
      throw error;
    }
  }

  /** A repository to read from, its mirrors first. Throws when registries.conf forbids it, and `NameError` for a host that can be none. */
  source(reference: ReadReference): PullSource {
    const origins = this.#pullOrigins(reference);
    const key = origins.map(({ repository: { registry, path } }) => `${registry}/${path}`).join(' ');
    let source = this.#sources.get(key);
    if (!source) {
      source = new PullSource(new ImageReader(origins), this.#options.signal);
      this.#sources.set(key, source);
    }
    return source;
  }

  /**
   * A reader of an image and of all that belongs to it, that keeps nothing; `keychain` instead of the client's.
   * Credentials are asked for once by each reader. Throws when registries.conf forbids it, and `NameError` for a host that can be none.
   */
  reader(
    reference: ReadReference,
    { keychain }: { readonly keychain?: Keychain | undefined } = {},
  ): ImageReader {
    const origins = this.#pullOrigins(reference);
    return new ImageReader(origins.map((origin) => ({ ...origin, offers: origin.host.offersOf(keychain) })));
  }

  /** A repository to write to. Throws when registries.conf forbids it, and `NameError` for a host that can be none. */
  target(repository: Repository): Origin {
    const [origin] = this.#origins(repository, { purpose: 'push' });
    if (!origin) throw new Error(`no place to push ${formatReference(referenceTo(repository, {}))}`);
    return origin;
  }

  /** A reader of a repository where it is written to, past all mirrors; it keeps nothing. Throws as `target` does. */
  targetReader(repository: Repository): ImageReader {
    return new ImageReader([this.target(repository)]);
  }

  /** What refers to a manifest where it is written to. Throws `RegistryError`. */
  async referrers(
    repository: Repository,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<readonly Descriptor[]> {
    return await findReferrers(this.target(repository), digest, signal);
  }

  /** Pushes blobs that are held in memory. Throws `RegistryError`. */
  async pushBlobs(repository: Repository, blobs: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    await pushBlobs(this.target(repository), blobs, signal);
  }

  /**
   * Pushes an image that is held in memory: its blobs, then its manifest under the reference's tag, or by its digest where
   * there is none; one with a subject is listed there. Throws `RegistryError`.
   */
  async push(
    reference: Reference,
    manifest: Pick<FetchedManifest, 'bytes' | 'mediaType' | 'digest'>,
    blobs: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<void> {
    const target = this.target(reference.repository);
    await pushBlobs(target, blobs, signal);
    const whole = { ...manifest, manifest: parseManifest(manifest.bytes, manifest.mediaType) };
    await this.#referrersTags.put(target, reference, whole, signal);
  }

  /** The time that the client goes by. */
  get clock(): Clock {
    return this.#options.clock ?? systemClock;
  }

  /** A copier for one run. */
  copier(options: CopierOptions): Copier {
    return new Copier(options);
  }

  /** Until when a host asked for peace, in milliseconds since the epoch; undefined while it may be asked. */
  pausedUntil(registry: string): number | undefined {
    const now = this.clock.now();
    const ends = this.#hosts
      .values()
      .filter((host) => host.registry === registry)
      .map(({ throttle }) => throttle.pausedUntil);
    const last = Math.max(0, ...ends);
    return last > now ? last : undefined;
  }

  /** Closes every connection. */
  close(): void {
    this.#transport.close();
  }

  #pullOrigins({ repository, tag, digest }: ReadReference): Origin[] {
    return this.#origins(repository, {
      purpose: 'pull',
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    });
  }

  #origins(repository: Repository, request: EndpointRequest): Origin[] {
    return endpointsFor(this.#options.registries, repository, request).map((endpoint) => {
      const { registry } = endpoint.repository;
      // Numbers that are no address, and the like: the grammar of references has them, that of URLs has not.
      if (!URL.canParse(`https://${registry}/`)) {
        throw new NameError(
          formatRepository(endpoint.repository),
          `"${registry}" cannot be the name of a host`,
        );
      }
      const host = this.#host(endpoint.repository.registry, endpoint.insecure);
      return { host, repository: endpoint.repository, mirror: endpoint.mirror, offers: host.offers };
    });
  }

  #host(registry: string, insecure: boolean): RegistryHost {
    const key = `${registry} ${insecure}`;
    let host = this.#hosts.get(key);
    if (!host) {
      const { keychain, certificates, signal, onRequest, random, pace, guard } = this.#options;
      host = new RegistryHost(registry, insecure, {
        keychain,
        transport: this.#transport,
        certificates,
        signal,
        clock: this.clock,
        random: random ?? Math.random,
        pace: { ...RUN_PACE, ...pace },
        onRequest: onRequest ?? (() => undefined),
        warnings: this.#warnings,
        guard: guard ?? 'none',
        largeBodies: this.#largeBodies,
      });
      this.#hosts.set(key, host);
    }
    return host;
  }
}

import { type Clock, isLoopbackHost, within } from '../http/index.ts';
import { Authorizer } from './authorizer.ts';
import type { Sender } from './destination.ts';
import { guardFor, type GuardMode } from './guard.ts';
import type { Keychain } from './keychain.ts';
import { Offers } from './offers.ts';
import { type NetworkFailure, networkFailure } from './network-failure.ts';
import type { Pace } from './pace.ts';
import type { PersistOptions } from './persist.ts';
import { parseRateLimit, type RateLimit } from './rate-limit.ts';
import type { Lane } from './lane.ts';
import { Throttle } from './throttle.ts';
import type { Warnings } from './warnings.ts';
import type { HttpRequest, HttpResponse, TlsOptions, Transport } from './transport.ts';

/** One answered or failed request, for counters. */
export interface RequestEvent {
  /** The registry as it is called, or the other host that was asked: a token service, a storage. */
  readonly registry: string;
  readonly method: string;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly milliseconds: number;
  /** Why there was no answer. */
  readonly failure?: NetworkFailure;
  /** What the answer says of the quota that we draw on. */
  readonly rateLimit?: RateLimit;
}

/** What every host of a client shares. */
export interface HostContext {
  readonly keychain: Keychain;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pace: Pace;
  /** TLS files of a host, without the insecure setting. */
  readonly certificates: (registry: string) => Promise<Omit<TlsOptions, 'insecure'>>;
  readonly onRequest: (event: RequestEvent) => void;
  readonly warnings: Warnings;
  readonly guard: GuardMode;
  /** Where large bodies wait for their turn. */
  readonly largeBodies: Lane;
  /** Ends what several callers share. */
  readonly signal: AbortSignal;
}

/** Facts about a registry that only its answers tell. */
export interface HostFacts {
  /** Whether the host knows the referrers API at all; undefined until it was first asked. */
  referrersApi: Promise<boolean> | undefined;
  /** False once the host refused the very form of a mount. */
  mounts: boolean;
  /** Whether the host links a blob without being told where from. */
  anonymousMounts: 'unknown' | 'honoured' | 'refused';
}

export type OutgoingRequest = Omit<HttpRequest, 'tls' | 'idleTimeout' | 'guard'>;

const HUB = 'docker.io';
const HUB_API = 'registry-1.docker.io';
const IDLE = 60_000;
/** Registries move a pushed blob to its place before they answer; that of many gigabytes takes minutes. */
const IDLE_PUSH = 600_000;
/** Contacts without an answer after which nobody waits for the first one any more. */
const MISSES = 3;
const USER_AGENT = 'tallyman';

/** One registry host as this process knows it: where and how it is reached, its patience, its authorisation. */
export class RegistryHost {
  readonly registry: string;
  readonly throttle: Throttle;
  readonly authorizer: Authorizer;
  /** What the keychain of the client offers. */
  readonly offers: Offers;
  readonly facts: HostFacts = { referrersApi: undefined, mounts: true, anonymousMounts: 'unknown' };
  readonly #context: HostContext;
  readonly #insecure: boolean;
  #bases: readonly URL[];
  #private = false;
  #reached = false;
  #misses = 0;
  #contact: Promise<void> | undefined;
  #tls: Promise<TlsOptions> | undefined;

  constructor(registry: string, insecure: boolean, context: HostContext) {
    this.registry = registry;
    this.#insecure = insecure;
    this.#context = context;
    this.throttle = new Throttle(context.clock, context.pace);
    this.authorizer = new Authorizer(this, context.signal);
    const { keychain, signal } = context;
    this.offers = new Offers({ registry, keychain, signal, batched: true });
    const host = registry === HUB ? HUB_API : registry;
    const schemes = isLoopbackHost(host) ? ['http', 'https'] : insecure ? ['https', 'http'] : ['https'];
    this.#bases = schemes.map((scheme) => new URL(`${scheme}://${host}/`));
  }

  /** Where the registry is asked: scheme, host and port. */
  get base(): URL {
    const [base] = this.#bases;
    if (!base) throw new Error('a host has at least one base');
    return base;
  }

  get sender(): Sender {
    return { base: this.base, private: this.#private };
  }

  get persistence(): Omit<PersistOptions, 'signal'> {
    const { clock, random, pace } = this.#context;
    return { throttle: this.throttle, clock, random, pace };
  }

  /** Where its large bodies wait for their turn. */
  get largeBodies(): Lane {
    return this.#context.largeBodies;
  }

  now(): number {
    return this.#context.clock.now();
  }

  /** What a keychain of one reader offers: asked anew for each, as nothing else would notice that it changed. */
  offersOf(keychain: Keychain | undefined): Offers {
    const { keychain: own, signal } = this.#context;
    return new Offers({ registry: this.registry, keychain: keychain ?? own, signal, batched: false });
  }

  /**
   * Lets the first request of all go alone: its answer tells scheme and challenge to those that wait here, so that
   * a host is met with one 401 and not with one per image. The first gets a function to say whether it was answered;
   * if not, another goes alone, but a host that does not answer at all must not be waited for by each in turn.
   */
  async meet(signal: AbortSignal): Promise<((answered: boolean) => void) | undefined> {
    while (this.#contact) await within(this.#contact, signal);
    if (this.#reached) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#contact = promise;
    return (answered) => {
      this.#contact = undefined;
      this.#misses += answered ? 0 : 1;
      this.#reached = answered || this.#misses >= MISSES;
      resolve();
    };
  }

  /** The places where the registry may be, likeliest first; only one once it has answered there. */
  get bases(): readonly URL[] {
    return this.#bases;
  }

  /** The registry answered at this one of its places. */
  settle(base: URL): void {
    if (this.#bases.length > 1) this.#bases = [base];
  }

  /** Sends one request, counted, with this host's TLS settings. */
  async send(request: OutgoingRequest): Promise<HttpResponse> {
    const { transport, clock, onRequest, warnings, guard } = this.#context;
    this.#tls ??= this.#loadTls();
    const tls = await this.#tls;
    const started = clock.now();
    const own = request.url.host === this.base.host;
    const report = (status: number, more: Pick<RequestEvent, 'failure' | 'rateLimit'>): void => {
      const milliseconds = clock.now() - started;
      const registry = own ? this.registry : request.url.host;
      onRequest({ registry, method: request.method, status, milliseconds, ...more });
    };
    try {
      const response = await transport.send({
        ...request,
        headers: { 'user-agent': USER_AGENT, ...request.headers },
        tls,
        guard: guardFor(guard, this.registry, request.url),
        idleTimeout: request.method === 'PUT' || request.method === 'PATCH' ? IDLE_PUSH : IDLE,
      });
      warnings.take(this.registry, response.headers.warning);
      if (own) this.#private = response.privatePeer;
      const rateLimit = parseRateLimit(response.headers);
      report(response.status, rateLimit ? { rateLimit } : {});
      return response;
    } catch (error) {
      const { signal } = request;
      report(0, { failure: networkFailure(signal.aborted ? signal.reason : error) });
      throw error;
    }
  }

  async #loadTls(): Promise<TlsOptions> {
    const loading = this.#context.certificates(this.registry);
    // A folder that cannot be read now may be readable when the host is asked again.
    loading.catch(() => (this.#tls = undefined));
    const { ca, cert, key } = await loading;
    return {
      ca,
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
      insecure: this.#insecure,
    };
  }
}

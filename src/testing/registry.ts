import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { AuthOptions } from './access.ts';
import { type Answer, errorAnswer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { type FaultAction, type FaultRule, Faults } from './faults.ts';
import { ALL_FEATURES, type Features } from './features.ts';
import { type Listener, listen, type TlsOptions } from './listener.ts';
import { RequestLog, type RequestRecord } from './request-log.ts';
import { requestKind, routeOf } from './route.ts';
import { type Role, Router } from './router.ts';
import { Cut, requestBody, sendAnswer, type Sleep, spoilAnswer, spoilRequest } from './spoil.ts';
import { RegistryStore } from './store.ts';
import type { UploadTotals } from './uploads.ts';

export interface RegistryOptions {
  /** A loopback name to listen on; `127.0.0.1` when not given. */
  readonly hostname?: string;
  readonly tls?: TlsOptions;
  readonly auth?: AuthOptions;
  readonly features?: Partial<Features>;
  readonly faults?: readonly FaultRule[];
  /** Content to serve; registries may share one. */
  readonly store?: RegistryStore;
  /** Milliseconds since 1970; tokens expire by it. */
  readonly now?: () => number;
  /** How `delay` faults wait. */
  readonly sleep?: Sleep;
}

/** Starts a registry in this process, on a free loopback port. */
export async function startRegistry(options: RegistryOptions = {}): Promise<EmbeddedRegistry> {
  const registry = new EmbeddedRegistry(options);
  await registry.start();
  return registry;
}

/** A registry of the OCI distribution specification 1.1 in this process, for tests and demonstrations. */
export class EmbeddedRegistry implements AsyncDisposable {
  readonly store: RegistryStore;
  readonly faults = new Faults();
  readonly features: Features;
  readonly #options: RegistryOptions;
  readonly #log = new RequestLog();
  readonly #router: Router;
  readonly #ports = new Map<Role, number>();
  #listeners: Readonly<Record<Role, Listener>> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.store = options.store ?? new RegistryStore();
    this.features = { ...ALL_FEATURES, ...options.features };
    this.faults.add(...(options.faults ?? []));
    const { auth = { kind: 'none' }, now = Date.now } = options;
    const tokenApart = auth.kind === 'token' && auth.separateOrigin === true;
    const origins = {
      token: () => (tokenApart ? this.#listening.token.url : undefined),
      storage: () => this.#listening.storage.url,
    };
    this.#router = new Router(this, auth, origins, now);
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return this.#listening.registry.host;
  }

  get url(): string {
    return this.#listening.registry.url;
  }

  /** Every request since the last reset, in order of arrival. */
  get requests(): readonly RequestRecord[] {
    return this.#log.requests;
  }

  get connections(): number {
    return this.#log.connections;
  }

  get maxInFlight(): number {
    return this.#log.maxInFlight;
  }

  /** Blobs that came in by upload. */
  get uploaded(): UploadTotals {
    return this.#router.uploads.totals;
  }

  /** Uploads begun and neither finished nor given up. */
  get openUploads(): number {
    return this.#router.uploads.openSessions;
  }

  /** Requests by kind, see `requestKind`; those answered 401 count only as `401`. */
  counts(): Readonly<Record<string, number>> {
    return this.#log.counts();
  }

  /** Forgets requests, counts, faults and open uploads; the content stays. */
  reset(): void {
    this.#log.reset();
    this.#router.uploads.reset();
    this.faults.clear();
  }

  /** Makes every token that was issued worthless. */
  revokeTokens(): void {
    this.#router.revokeTokens();
  }

  async start(): Promise<void> {
    const { hostname = '127.0.0.1', tls, auth } = this.#options;
    const open = async (role: Role): Promise<Listener> => {
      const listener = await listen(
        (request, response) => {
          void this.#serve(role, request, response);
        },
        {
          hostname,
          port: this.#ports.get(role),
          tls,
          onConnection: (socket) => void this.#log.connection(socket),
        },
      );
      this.#ports.set(role, Number(new URL(listener.url).port));
      return listener;
    };
    const registry = await open('registry');
    const apart = auth?.kind === 'token' && auth.separateOrigin === true;
    const token = apart ? await open('token') : registry;
    const storage = this.features.redirectBlobs ? await open('storage') : registry;
    this.#listeners = { registry, token, storage };
  }

  /** Closes every connection and frees the ports; `start` listens on the same ones again. */
  async stop(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (!listeners) return;
    await Promise.all([...new Set(Object.values(listeners))].map((listener) => listener.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #listening(): Readonly<Record<Role, Listener>> {
    if (!this.#listeners) throw new Error('the registry is not started');
    return this.#listeners;
  }

  async #serve(role: Role, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = this.#exchange(request);
    const { method, url } = exchange;
    const kind = requestKind(method, url);
    const entry = this.#log.follow(request, response, { method, url, kind });
    let actions: readonly FaultAction[] = [];
    let answer: Answer;
    try {
      const admitted = this.#router.admit(role, {
        ...exchange,
        // Read only once the request is handled, and by then its faults are known.
        body: { [Symbol.asyncIterator]: () => requestBody(actions, request) },
      });
      actions = this.faults.take({ method, kind, path: url.pathname + url.search });
      const sleep = this.#options.sleep ?? defaultSleep;
      answer = (await spoilRequest(actions, request, { sleep, signal: entry.gone })) ?? (await admitted());
    } catch (error) {
      if (error instanceof Cut || entry.gone.aborted) return;
      answer = errorAnswer(error);
    }
    entry.answered(answer.status);
    try {
      await sendAnswer(actions, spoilAnswer(actions, withVersion(answer)), response);
    } catch {
      // The status is on its way already: only a cut can tell that the rest does not come.
      response.destroy();
    }
    // What nobody read of the body must not stand before the next request of the connection.
    request.resume();
  }

  #exchange(request: IncomingMessage): Omit<Exchange, 'body'> {
    const { method = 'GET', headers } = request;
    const origin = `${this.#options.tls ? 'https' : 'http'}://${headers.host ?? this.host}`;
    const url = new URL(`${origin}${request.url ?? '/'}`);
    return { method, url, route: routeOf(url.pathname), headers, origin };
  }
}

async function defaultSleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal });
}

/** The header by which old clients know a registry. */
function withVersion(answer: Answer): Answer {
  return { ...answer, headers: { 'Docker-Distribution-Api-Version': 'registry/2.0', ...answer.headers } };
}

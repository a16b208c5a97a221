import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiAccess, type ApiRight, type ApiUser } from './api-access.ts';
import type { ApiFaultAction, ApiFaultRule } from './api-faults.ts';
import { ALL_API_FEATURES, type ApiFeatures } from './api-features.ts';
import { apiAnswer, refusalAnswer } from './api-handler.ts';
import type { JsonObject } from './api-json.ts';
import { namespaceObject, putObject, removeObject } from './api-direct.ts';
import type { Writing } from './api-object.ts';
import { apiRequestKind, apiRoute, apiVerb } from './api-path.ts';
import { failure } from './api-status.ts';
import { ApiStore } from './api-store.ts';
import type { WatchEnd } from './api-watch-stream.ts';
import { ApiWatches } from './api-watches.ts';
import { Faults } from './faults.ts';
import { type Listener, listen, type TlsOptions } from './listener.ts';
import { type LogEntry, RequestLog, type RequestRecord } from './request-log.ts';
import { Cut, sendAnswer, type Sleep, spoilRequest } from './spoil.ts';

export interface ApiServerOptions {
  /** A loopback name to listen on; `127.0.0.1` when not given. */
  readonly hostname?: string;
  readonly tls?: TlsOptions;
  /** Those who may come in; without, everyone may do everything. */
  readonly users?: readonly ApiUser[];
  readonly features?: Partial<ApiFeatures>;
  readonly faults?: readonly ApiFaultRule[];
  /** Objects to begin with. */
  readonly objects?: readonly JsonObject[];
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How watches wait for their end and their bookmarks, and `delay` faults. */
  readonly sleep?: Sleep;
  readonly uid?: () => string;
}

const FIRST_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Starts an API server in this process, on a free loopback port. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<EmbeddedApiServer> {
  const server = new EmbeddedApiServer(options);
  await server.start();
  return server;
}

/** A Kubernetes API server in this process, for tests and demonstrations: reads, watches and writes of workloads. */
export class EmbeddedApiServer implements AsyncDisposable {
  readonly faults = new Faults<ApiFaultAction>();
  readonly #options: ApiServerOptions;
  readonly #features: ApiFeatures;
  readonly #access: ApiAccess;
  readonly #store: ApiStore;
  readonly #log = new RequestLog();
  readonly #watches: ApiWatches;
  #listener: Listener | undefined;
  #port: number | undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#features = { ...ALL_API_FEATURES, ...options.features };
    this.#access = new ApiAccess(options.users);
    this.#store = new ApiStore(this.#features.historySize);
    this.#watches = new ApiWatches(this.#store, this.#features);
    this.faults.add(...(options.faults ?? []));
    for (const name of FIRST_NAMESPACES) this.put(namespaceObject(name));
    for (const object of options.objects ?? []) this.put(object);
  }

  get url(): string {
    if (!this.#listener) throw new Error('the API server is not started');
    return this.#listener.url;
  }

  /** Every request since the last reset, in order of arrival; its `kind` as in `counts`. */
  get requests(): readonly RequestRecord[] {
    return this.#log.requests;
  }

  get connections(): number {
    return this.#log.connections;
  }

  /** The version of the latest change. */
  get resourceVersion(): string {
    return String(this.#store.resourceVersion);
  }

  /** How many watches are open, of one resource (plural name) or of all. */
  openWatches(resource?: string): number {
    return this.#watches.count(resource);
  }

  /** Requests by verb and resource: `list pods`, `watch cronjobs`, `GET /readyz`; those answered 401 count only as `401`. */
  counts(): Readonly<Record<string, number>> {
    return this.#log.counts();
  }

  /** Forgets requests, counts and faults; the objects stay. */
  reset(): void {
    this.#log.reset();
    this.faults.clear();
  }

  /**
   * Writes an object as it is, valid or not, its status too, in the namespace `default` if it names none; gives it as a
   * client would get it.
   */
  put(object: JsonObject): JsonObject {
    return putObject(this.#store, object, this.#writing('tests'));
  }

  /** Takes an object away at once, by its apiVersion, kind, name and namespace; says whether it was there. */
  delete(object: JsonObject): boolean {
    return removeObject(this.#store, object);
  }

  /** Forgets all changes so far: pages begun before, and watches from an older version, are answered 410. */
  compact(): void {
    this.#store.compact();
  }

  /** Gives a user another token; requests with the old one are answered 401, open watches go on. */
  rotateToken(user: string, token: string): void {
    this.#access.rotate(user, token);
  }

  /** Gives a user other rights. */
  grant(user: string, rights: readonly ApiRight[]): void {
    this.#access.grant(user, rights);
  }

  /** Sends a bookmark on every open watch that takes such. */
  bookmark(): void {
    this.#watches.bookmark();
  }

  /** Brings the open watches of one resource, or of all, to an end of this kind. */
  endWatches(end: WatchEnd, resource?: string): void {
    this.#watches.end(end, resource);
  }

  async start(): Promise<void> {
    const { hostname = '127.0.0.1', tls } = this.#options;
    this.#listener = await listen((request, response) => void this.#serve(request, response), {
      hostname,
      port: this.#port,
      tls,
      onConnection: (socket) => void this.#log.connection(socket),
    });
    this.#port = Number(new URL(this.#listener.url).port);
  }

  /** Closes every connection and refuses others; the objects stay, and `start` listens on the same port again. */
  async stop(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.stop();
    // As with a real one, whose cache begins anew.
    this.#store.forgetWatchable();
  }

  /** Stops, does what is to be done meanwhile, and starts again. */
  async restart(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    await this.stop();
    await meanwhile();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #writing(manager: string): Writing {
    const { now = Date.now, uid = randomUUID } = this.#options;
    return { manager, now: now(), uid };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET' } = request;
    const url = new URL(`http://api${request.url ?? '/'}`);
    const kind = apiRequestKind(method, url);
    const entry = this.#log.follow(request, response, { method, url, kind });
    const actions = this.faults.take({ method, kind, path: url.pathname + url.search });
    try {
      await this.#answer({ request, response, url, method }, actions, entry);
    } catch (error) {
      if (error instanceof Cut || entry.gone.aborted) return;
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const answer = refusalAnswer(error);
      entry.answered(answer.status);
      await sendAnswer([], answer, response);
    }
    // What nobody read of the body must not stand before the next request of the connection.
    request.resume();
  }

  async #answer(
    exchange: {
      readonly request: IncomingMessage;
      readonly response: ServerResponse;
      readonly url: URL;
      readonly method: string;
    },
    actions: readonly ApiFaultAction[],
    entry: LogEntry,
  ): Promise<void> {
    const { request, response, url, method } = exchange;
    const { authorization, 'user-agent': agent = 'unknown' } = request.headers;
    const sleep = this.#options.sleep ?? defaultSleep;
    const common = actions.filter((action) => action.kind !== 'refuse' && action.kind !== 'watch');
    await spoilRequest(common, request, { sleep, signal: entry.gone });
    const refused = actions.find((action) => action.kind === 'refuse');
    if (refused) {
      throw failure(refused.status, refused.message ?? 'scripted fault', refused.retryAfterSeconds);
    }
    const route = apiRoute(url.pathname);
    const verb = route.area === 'objects' ? apiVerb(method, route, url.searchParams) : undefined;
    this.#access.check(route, verb, { method, path: url.pathname, authorization });
    if (route.area === 'objects' && verb === 'watch') {
      const trouble = actions.find((action) => action.kind === 'watch');
      await this.#watches.serve(route, url.searchParams, { response, trouble, entry, sleep });
      return;
    }
    const writing = this.#writing(agent.split('/', 1)[0] ?? '');
    const answer = await apiAnswer(
      this.#store,
      { method, url, route, verb, request },
      writing,
      this.#features,
    );
    entry.answered(answer.status);
    await sendAnswer(common, answer, response);
  }
}

async function defaultSleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal });
}

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { type Clock, parseRetryAfter } from '../http/index.ts';
import { Agents } from './agents.ts';
import { ApiError, type ApiServer, type Query, type WatchEvent, type WatchRequest } from './api.ts';
import type { ClientConfig } from './client-config.ts';
import { ContentError } from './content-error.ts';
import { decodedBody, exchange, readText } from './exchange.ts';
import { IdleTimer } from './idle-timer.ts';
import type { Identity } from './identity.ts';
import { operationOf } from './operation.ts';
import { Scope, TimeoutError } from './scope.ts';
import { jsonOrText, statusError } from './status.ts';
import { readWatchEvents } from './watch-events.ts';
import { faultWords } from './words.ts';

/** One answered or failed request, for counters. */
export interface ApiRequestEvent {
  readonly verb: 'get' | 'watch';
  readonly path: string;
  /** 0 when there was no answer. */
  readonly status: number;
  /** Until the head of the answer. */
  readonly milliseconds: number;
}

export interface ApiServerOptions {
  readonly clock: Clock;
  /** `container-image-exporter/1.0.0`. */
  readonly userAgent: string;
  readonly onRequest?: (event: ApiRequestEvent) => void;
}

/** An API server that holds connections until it is closed. */
export interface OpenApiServer extends ApiServer {
  /** Ends everything that is under way; what waits for an answer gets an `ApiError`. */
  close(): void;
}

/** Milliseconds to connect, to be recognised and to get the head of an answer. */
const HEAD_TIMEOUT = 15_000;
/** Milliseconds for a whole answer. */
const GET_TIMEOUT = 60_000;
/** Longest refusal that is read, in bytes. */
const MAX_REFUSAL = 64 * 1024;

interface Call {
  readonly verb: 'get' | 'watch';
  readonly path: string;
  readonly query: Query;
  readonly scope: Scope;
}

/** Asks one API server over HTTP/1.1, with kept connections and today's credentials. */
export function createApiServer(config: ClientConfig, options: ApiServerOptions): OpenApiServer {
  return new HttpApiServer(config, options);
}

class HttpApiServer implements OpenApiServer {
  readonly #config: ClientConfig;
  readonly #options: ApiServerOptions;
  readonly #agents: Agents;
  readonly #closed = new AbortController();

  constructor(config: ClientConfig, options: ApiServerOptions) {
    this.#config = config;
    this.#options = options;
    this.#agents = new Agents(config);
  }

  async get(path: string, query: Query, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const late = new TimeoutError(`no whole answer within ${GET_TIMEOUT / 1000} s`);
    using scope = new Scope([signal, this.#closed.signal]);
    scope.limit(GET_TIMEOUT, late, this.#options.clock);
    try {
      const answer = await this.#send({ verb: 'get', path, query, scope });
      return parseBody(await readText(decodedBody(answer, { cut: false })));
    } catch (error) {
      throw this.#failure(error, operationOf('get', path), { signal, ended: scope.signal });
    }
  }

  async *watch(request: WatchRequest): AsyncGenerator<readonly WatchEvent[], void, undefined> {
    const { path, query, idleTimeout, signal } = request;
    signal.throwIfAborted();
    const { clock } = this.#options;
    using scope = new Scope([signal, this.#closed.signal]);
    let answer: IncomingMessage | undefined;
    try {
      answer = await this.#send({ verb: 'watch', path, query: { watch: true, ...query }, scope });
      using idle = new IdleTimer({
        timeout: idleTimeout,
        clock,
        onIdle: () => scope.abort(new TimeoutError(`not a byte in ${idleTimeout / 1000} s`)),
      });
      const body = decodedBody(answer, { cut: true });
      yield* readWatchEvents(idle.watch(body as Readable & AsyncIterable<Buffer>), {
        now: () => clock.now(),
      });
      // A stream that was cut off by us looks ended, too.
      scope.signal.throwIfAborted();
    } catch (error) {
      throw this.#failure(error, operationOf('watch', path), { signal, ended: scope.signal });
    } finally {
      answer?.destroy();
    }
  }

  close(): void {
    this.#closed.abort(new Error('the client was closed'));
    void this.#agents.close();
  }

  /** The answer to a request that the server grants, asked again if the first credentials were too old. */
  async #send(call: Call): Promise<IncomingMessage> {
    const first = await this.#sendOnce(call);
    let { answer } = first;
    if (answer.statusCode === 401 && this.#config.refuse(first.identity)) {
      letGo(answer);
      ({ answer } = await this.#sendOnce(call));
    }
    const { statusCode: status = 0, headers } = answer;
    if (status === 200) return answer;
    const operation = operationOf(call.verb, call.path);
    const retryAfter = parseRetryAfter(headers['retry-after'], this.#options.clock.now());
    if (status >= 300 && status < 400) {
      letGo(answer);
      const message = `the server sends us elsewhere, and is no API server then (${this.#config.source})`;
      throw new ApiError({ operation, status, message });
    }
    throw statusError(jsonOrText(await readRefusal(answer)), { operation, status, retryAfter });
  }

  async #sendOnce({ verb, path, query, scope }: Call): Promise<{
    readonly answer: IncomingMessage;
    readonly identity: Identity;
  }> {
    const { clock, userAgent, onRequest } = this.#options;
    const access = await this.#config.access(scope.signal);
    const { requests, watches } = await this.#agents.pair(access);
    const late = new TimeoutError(`no answer within ${HEAD_TIMEOUT / 1000} s`);
    const lift = scope.limit(HEAD_TIMEOUT, late, clock);
    const started = clock.now();
    let status = 0;
    try {
      const answer = await exchange({
        url: urlOf(this.#config.server, path, query),
        headers: {
          accept: 'application/json',
          'accept-encoding': 'gzip',
          'user-agent': userAgent,
          ...plainHeaders(access.identity),
        },
        agent: verb === 'watch' ? watches : requests,
        servername: access.trust.servername,
        signal: scope.signal,
      });
      status = answer.statusCode ?? 0;
      return { answer, identity: access.identity };
    } finally {
      lift();
      onRequest?.({ verb, path, status, milliseconds: clock.now() - started });
    }
  }

  /** What to throw: the caller's own reason, an error of the server, or what happened on the way. */
  #failure(
    error: unknown,
    operation: string,
    { signal, ended }: { readonly signal: AbortSignal; readonly ended: AbortSignal },
  ): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof ApiError) return error;
    const cause: unknown = ended.aborted ? ended.reason : error;
    const status = cause instanceof ContentError ? 200 : undefined;
    return new ApiError({ operation, status, message: faultWords(cause), cause });
  }
}

function urlOf(server: URL, path: string, query: Query): URL {
  const url = new URL(server);
  url.pathname = `${server.pathname.replace(/\/$/, '')}${path}`;
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function plainHeaders({ headers }: Identity): OutgoingHttpHeaders {
  const plain: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers))
    plain[name] = typeof value === 'string' ? value : [...value];
  return plain;
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ContentError('the server sent something that is not JSON');
  }
}

/** What a refusal says; nothing if that cannot be read, since what was refused is known all the same. */
async function readRefusal(answer: IncomingMessage): Promise<string> {
  try {
    return await readText(decodedBody(answer, { cut: true }), MAX_REFUSAL);
  } catch {
    answer.destroy();
    return '';
  }
}

/** Nobody wants the body, but its connection. */
function letGo(answer: IncomingMessage): void {
  answer.on('error', () => undefined).resume();
}

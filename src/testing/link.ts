import { Agent, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { pipeline } from 'node:stream/promises';
import { type Listener, listen } from './listener.ts';
import { type LogEntry, RequestLog, type RequestRecord } from './request-log.ts';
import { requestKind, routeOf, TOKEN_PATH } from './route.ts';
import type { Sleep } from './spoil.ts';

export interface LinkOptions {
  /** `host:port` of a registry that speaks plain HTTP. */
  readonly upstream: string;
  /** Milliseconds added to each request, and once to each new connection. */
  readonly roundTripMs: number;
  /** Asks for a token, which everyone gets, before a registry that asks for none. */
  readonly token?: boolean;
  readonly hostname?: string;
  readonly sleep?: Sleep;
}

const SERVICE = 'link';
const TOKEN = 'everyone';

/** Starts a wide-area link to a registry, on a free loopback port. */
export async function startLink(options: LinkOptions): Promise<Link> {
  const link = new Link(options);
  await link.start();
  return link;
}

/** A registry as seen from far away: each request takes a round trip more, and all are counted. */
export class Link implements AsyncDisposable {
  readonly #options: LinkOptions;
  readonly #sleep: Sleep;
  readonly #log = new RequestLog();
  readonly #agent = new Agent({ keepAlive: true });
  /** When each connection's handshake would be over. */
  readonly #handshakes = new WeakMap<object, Promise<void>>();
  readonly #stopped = new AbortController();
  #listener: Listener | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#sleep = options.sleep ?? defaultSleep;
  }

  get host(): string {
    if (!this.#listener) throw new Error('the link is not started');
    return this.#listener.host;
  }

  get requests(): readonly RequestRecord[] {
    return this.#log.requests;
  }

  get connections(): number {
    return this.#log.connections;
  }

  get maxInFlight(): number {
    return this.#log.maxInFlight;
  }

  /** Requests by kind; those answered 401 count only as `401`. */
  counts(): Readonly<Record<string, number>> {
    return this.#log.counts();
  }

  reset(): void {
    this.#log.reset();
  }

  async start(): Promise<void> {
    this.#listener = await listen((request, response) => void this.#serve(request, response), {
      hostname: this.#options.hostname ?? '127.0.0.1',
      tls: undefined,
      onConnection: (socket) => {
        this.#log.connection(socket);
        const handshake = this.#sleep(this.#options.roundTripMs, this.#stopped.signal);
        // Awaited by the first request; a connection without one must not fail the process.
        handshake.catch(() => undefined);
        this.#handshakes.set(socket, handshake);
      },
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#agent.destroy();
    await this.#listener?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const url = new URL(`http://${headers.host ?? this.host}${request.url ?? '/'}`);
    const entry = this.#log.follow(request, response, { method, url, kind: requestKind(method, url) });
    try {
      await this.#handshakes.get(request.socket);
      await this.#sleep(this.#options.roundTripMs, entry.gone);
      if (this.#answerAuth(url, request, response)) entry.answered(response.statusCode);
      else await this.#forward(request, response, entry);
    } catch {
      // Whichever side went away, the other must see its connection end.
      response.destroy();
    }
  }

  /** Answers what concerns the token; false when the request may pass. */
  #answerAuth(url: URL, request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#options.token !== true) return false;
    if (url.pathname === TOKEN_PATH) {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ token: TOKEN, access_token: TOKEN, expires_in: 300 }));
      return true;
    }
    if (request.headers.authorization === `Bearer ${TOKEN}`) return false;
    const { repository } = routeOf(url.pathname);
    const actions = request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'pull,push';
    const scope = repository === '' ? '' : `,scope="repository:${repository}:${actions}"`;
    response.writeHead(401, {
      'WWW-Authenticate': `Bearer realm="${url.origin}${TOKEN_PATH}",service="${SERVICE}"${scope}`,
      'Docker-Distribution-Api-Version': 'registry/2.0',
      'Content-Length': '0',
    });
    response.end();
    return true;
  }

  async #forward(request: IncomingMessage, response: ServerResponse, entry: LogEntry): Promise<void> {
    const headers = { ...request.headers };
    delete headers.connection;
    // A link that answers for the registry's token must not show it to a registry that knows none.
    if (this.#options.token === true) delete headers.authorization;
    const [hostname, port] = splitHost(this.#options.upstream);
    const onward = httpRequest({
      agent: this.#agent,
      hostname,
      port,
      method: request.method,
      path: request.url,
      headers,
      signal: entry.gone,
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      onward.once('response', resolve);
      onward.on('error', reject);
    });
    const sent = pipeline(request, onward);
    // A registry may refuse before it has read everything; its answer then counts, not the broken sending.
    sent.catch(() => undefined);
    const answer = await Promise.race([answered, sent.then(() => answered)]);
    const status = answer.statusCode ?? 502;
    entry.answered(status);
    response.writeHead(status, endToEnd(answer.rawHeaders));
    await pipeline(answer, response);
  }
}

/** Headers without those that are about one connection only (RFC 9110, section 7.6.1). */
function endToEnd(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!/^(?:connection|keep-alive)$/i.test(name)) kept.push(name, value);
  }
  return kept;
}

function splitHost(host: string): [hostname: string, port: string] {
  const colon = host.lastIndexOf(':');
  return [host.slice(0, colon).replace(/^\[|\]$/g, ''), host.slice(colon + 1)];
}

async function defaultSleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal });
}

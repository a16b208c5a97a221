import { lookup as dnsLookup } from 'node:dns';
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { Writable } from 'node:stream';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import {
  type ProxyEnvironment,
  hostName,
  http,
  https,
  isLoopbackHost,
  isPrivateAddress,
  proxyEnvironment,
  proxyPorts,
  toError,
} from '../http/index.ts';
import { DestinationError } from './errors.ts';
import type { Guard } from './guard.ts';

/** How to speak TLS with one host; PEM texts. */
export interface TlsOptions {
  readonly ca: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  /** True takes any certificate. */
  readonly insecure: boolean;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent whole, or written by the caller while the answer is awaited; a writer must end with the length in `content-length`. */
  readonly body?: Uint8Array | BodyWriter;
  readonly tls: TlsOptions;
  /** True refuses to connect to private addresses, whatever name leads there. */
  readonly publicOnly: boolean;
  /** Asked for the name in the URL, and for every address that it has. */
  readonly guard?: Guard | undefined;
  /** Milliseconds without a byte in either direction before the request fails. */
  readonly idleTimeout: number;
  readonly signal: AbortSignal;
}

/** Writes a request body; resolves when all is written, rejects if it cannot be; `signal` says that nobody reads any more. */
export type BodyWriter = (body: Writable, signal: AbortSignal) => Promise<void>;

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Every `WWW-Authenticate` header. */
  readonly challenges: readonly string[];
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage;
  /** True when the registry itself, and no proxy, was reached at a private address. */
  readonly privatePeer: boolean;
}

/** Sends one HTTP request as it is: no redirects, no retries, no credentials of its own. */
export interface Transport {
  send(request: HttpRequest): Promise<HttpResponse>;
  close(): void;
}

export interface TransportOptions {
  /** The environment's variables, for proxies. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Of the Node that runs us: older ones know no proxies. */
  readonly nodeVersion: string;
  /** Most connections to one host; no limit when not given. */
  readonly connections?: number | undefined;
  readonly lookup?: LookupFunction;
}

/** Milliseconds that a connection is kept without use, or waited for. */
const IDLE_CONNECTION = 60_000;

/** A transport on Node's keep-alive agents, one pool per TLS setting. Throws `ProxyError` with the first request. */
export function createTransport({
  variables,
  nodeVersion,
  connections = Number.POSITIVE_INFINITY,
  lookup = dnsLookup,
}: TransportOptions): Transport {
  const agents = new Map<string, Agent>();
  let proxies: ProxyEnvironment | undefined;
  const agentFor = ({ url, tls, publicOnly }: HttpRequest): Agent => {
    // Node would send loopback hosts to the proxy too, which no other client does.
    const direct = isLoopbackHost(url.host);
    if (!direct) proxies ??= proxyEnvironment(variables, nodeVersion);
    const key = JSON.stringify([url.protocol, tls, publicOnly, direct]);
    let agent = agents.get(key);
    if (!agent) {
      const proxyEnv = direct ? {} : { proxyEnv: { ...proxies } };
      const common = {
        keepAlive: true,
        scheduling: 'lifo',
        maxSockets: connections,
        // Gateways forget idle connections without a word, after some minutes.
        timeout: IDLE_CONNECTION,
        ...proxyEnv,
      } as const;
      agent =
        url.protocol === 'http:'
          ? new http.Agent(common)
          : new https.Agent({
              ...common,
              secureContext: secureContext(tls),
              rejectUnauthorized: !tls.insecure,
            });
      agents.set(key, agent);
    }
    return agent;
  };
  return {
    send: async (request) =>
      await sendOne(request, agentFor(request), { lookup, ports: proxyPorts(proxies ?? {}) }),
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** Trusts Node's roots, the system's and those given; made once, since reading hundreds of roots takes a while. */
function secureContext({ ca, cert, key }: TlsOptions): SecureContext {
  const roots = new Set([...getCACertificates('default'), ...getCACertificates('system'), ...ca]);
  return createSecureContext({
    ca: [...roots],
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
}

async function sendOne(
  request: HttpRequest,
  agent: Agent,
  { lookup, ports }: { readonly lookup: LookupFunction; readonly ports: ReadonlySet<number> },
): Promise<HttpResponse> {
  const { method, url, body, signal, publicOnly, guard } = request;
  signal.throwIfAborted();
  const name = hostName(url.host);
  if (publicOnly && (isLoopbackHost(url.host) || isPrivateAddress(name))) {
    throw new DestinationError(`refused to follow a public registry to the private address ${name}`, {
      blocked: true,
    });
  }
  const forbidden = guard?.(url.host);
  if (forbidden !== undefined) {
    throw new DestinationError(`refused to connect to ${url.host}: it is ${forbidden}`, { blocked: true });
  }
  const headers: Record<string, string> = { ...request.headers };
  if (body instanceof Uint8Array) headers['content-length'] = String(body.byteLength);
  const options: RequestOptions = {
    method,
    headers,
    agent,
    signal,
    // Also while connecting, when there is no socket yet that a timer could be set on.
    timeout: request.idleTimeout,
    lookup: publicOnly || guard ? checkedLookup(lookup, publicOnly, guard) : lookup,
  };
  return await new Promise<HttpResponse>((resolve, reject) => {
    const outgoing = (url.protocol === 'http:' ? http : https).request(url, options);
    const unread = new AbortController();
    outgoing.on('timeout', () => {
      outgoing.destroy(new IdleError(`no byte from ${url.host} for ${request.idleTimeout / 1000} s`));
    });
    outgoing.on('error', (error) => {
      unread.abort(error);
      reject(error);
    });
    outgoing.on('response', (incoming) => {
      keepAfterHead(outgoing, incoming);
      if (!outgoing.writableEnded) {
        // An answer in mid-body is a refusal: stop writing, and drop the connection once it is read.
        unread.abort();
        incoming.on('close', () => outgoing.destroy());
      }
      resolve(toResponse(incoming, ports));
    });
    if (typeof body !== 'function') {
      outgoing.end(body);
      return;
    }
    body(outgoing, unread.signal).then(
      () => outgoing.end(),
      (error: unknown) => {
        if (unread.signal.aborted) return;
        outgoing.destroy();
        reject(toError(error));
      },
    );
  });
}

/** An answer to HEAD ends with its headers, but Node takes one without a length for the last on its connection. */
function keepAfterHead(outgoing: ClientRequest, { httpVersion, headers }: IncomingMessage): void {
  if (outgoing.method !== 'HEAD' || httpVersion !== '1.1') return;
  if (!/\bclose\b/i.test(headers.connection ?? '')) outgoing.shouldKeepAlive = true;
}

/** A connection on which nothing moves; worth another try like a reset one. */
class IdleError extends Error {
  override name = 'IdleError';
  readonly code = 'ETIMEDOUT';
}

function toResponse(incoming: IncomingMessage, ports: ReadonlySet<number>): HttpResponse {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    status: incoming.statusCode ?? 0,
    headers,
    challenges: incoming.headersDistinct['www-authenticate'] ?? [],
    body: incoming,
    privatePeer:
      isPrivateAddress(incoming.socket.remoteAddress ?? '') && !ports.has(incoming.socket.remotePort ?? 0),
  };
}

/** Looks names up as usual, but has no answer with an address in it that must not be connected to (no DNS rebinding). */
function checkedLookup(
  lookup: LookupFunction,
  publicOnly: boolean,
  guard: Guard | undefined,
): LookupFunction {
  const faultOf = (name: string, address: string): string | undefined => {
    const forbidden = guard?.(address);
    if (forbidden !== undefined) return `refused to connect to ${name}: ${address} is ${forbidden}`;
    if (!publicOnly || !isPrivateAddress(address)) return undefined;
    return `refused to follow a public registry to ${name}: it has the private address ${address}`;
  };
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found, family = 0) => {
      if (error) return callback(error, '', 0);
      const addresses = typeof found === 'string' ? [{ address: found, family }] : found;
      const [first] = addresses;
      if (!first) return callback(new DestinationError(`${name} has no address`), '', 0);
      for (const { address } of addresses) {
        const fault = faultOf(name, address);
        if (fault !== undefined) return callback(new DestinationError(fault, { blocked: true }), '', 0);
      }
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

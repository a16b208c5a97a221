import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, http } from '../http/index.ts';
import { ListenError, parseListenAddress } from './listen-address.ts';

/** Answers a GET or HEAD of a path; what it throws is answered with status 500. */
export type Handler = (
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>;

export interface ListenerOptions {
  /** `host:port`. */
  readonly address: string;
  /** Whose value the address is, for errors. */
  readonly flag: string;
  readonly clock: Clock;
}

/** An HTTP server that listens. */
export interface Listener {
  /** `host:port`, IPv6 in brackets. */
  readonly address: string;
  /** Answers no further requests; those that are under way have so many milliseconds to end. */
  close(grace: number): Promise<void>;
}

const HEADERS_TIMEOUT = 5_000;
const REQUEST_TIMEOUT = 60_000;
/** Longer than the longest usual scrape interval: a server that hangs up first makes scrapes fail now and then. */
const IDLE_TIMEOUT = 310_000;

/** Serves plain HTTP; throws `ListenError`. */
export async function startListener(handler: Handler, options: ListenerOptions): Promise<Listener> {
  const { address: text, flag, clock } = options;
  const { host, port } = parseListenAddress(flag, text);
  let closing = false;
  const server = http.createServer(
    {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      keepAliveTimeout: IDLE_TIMEOUT,
      connectionsCheckingInterval: HEADERS_TIMEOUT,
    },
    (request, response) => {
      // Node counts a connection as idle only after its response has closed.
      response.once('close', () => setImmediate(() => closing && server.closeIdleConnections()));
      void answer(handler, request, response, clock);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(flag, text, faultOf(error), { cause: error })));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
  return {
    address: boundAddress(server.address()),
    async close(grace) {
      closing = true;
      const done = new AbortController();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      clock.sleep(grace, done.signal).then(
        () => server.closeAllConnections(),
        () => undefined,
      );
      await closed;
      done.abort();
    },
  };
}

/** Ends a response with a text of one or more lines. */
export function endWithText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

async function answer(
  handler: Handler,
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    endWithText(response, 405, 'Only GET and HEAD are answered here.\n');
    return;
  }
  const done = new AbortController();
  response.once('close', () => done.abort());
  clock.sleep(REQUEST_TIMEOUT, done.signal).then(
    () => response.destroy(),
    () => undefined,
  );
  try {
    await handler(request.url?.split('?')[0] ?? '/', request, response);
  } catch (error) {
    // A client that went away is nobody to answer, and a half-sent response can only be broken off.
    if (response.headersSent || response.destroyed) response.destroy();
    else endWithText(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function boundAddress(address: ReturnType<import('node:net').Server['address']>): string {
  if (address === null || typeof address === 'string') return String(address);
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}

function faultOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'something else listens there already; end that or choose another port';
    case 'EACCES':
      return 'this user may not listen on that port; choose one above 1023';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host has no address';
    default:
      return 'listening there failed';
  }
}

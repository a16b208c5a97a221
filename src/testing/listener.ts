import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';

export interface TlsOptions {
  /** Private key and certificate in PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface ListenerOptions {
  /** A loopback name. */
  readonly hostname: string;
  /** A free one when not given. */
  readonly port?: number | undefined;
  readonly tls: TlsOptions | undefined;
  readonly onConnection: (socket: Socket) => void;
}

/** An HTTP server that listens. */
export interface Listener {
  /** `hostname:port`, IPv6 in brackets. */
  readonly host: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on a loopback port. */
export async function listen(handler: RequestListener, options: ListenerOptions): Promise<Listener> {
  const { hostname, port = 0, tls, onConnection } = options;
  const server: Server = tls
    ? createTlsServer({ key: tls.key, cert: tls.cert }, handler)
    : createServer(handler);
  server.on(tls ? 'secureConnection' : 'connection', onConnection);
  // Clients of a test may pause for longer than node's limits while nothing is wrong.
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const host = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${address.port}`;
  return {
    host,
    url: `${tls ? 'https' : 'http'}://${host}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { readBody } from '../../src/registry/body.ts';
import { createTransport, type HttpRequest, type TransportOptions } from '../../src/registry/transport.ts';

export const PLAIN = { ca: [], insecure: false };
/** A Node that knows proxies. */
export const NODE = '24.5.0';

/** A server of a test; it stops at the end of its scope. */
export interface Listening extends Disposable {
  readonly port: number;
}

export async function listen(server: Server): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object(server.address());
  return {
    port,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Looks every name up as 127.0.0.1, or as what is given. */
export function lookUpAs(...addresses: readonly string[]): { lookup: LookupFunction; asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, { all = false }, callback) => {
    asked.push(name);
    const found = addresses.map((address) => ({ address, family: 4 }));
    if (all) callback(null, found);
    else callback(null, found[0]?.address ?? '', 4);
  };
  return { asked, lookup };
}

/** Sends one request with a transport of its own. */
export async function send(
  url: string,
  request: Partial<HttpRequest> = {},
  options: Partial<TransportOptions> = {},
): Promise<{ status: number; text: string; privatePeer: boolean }> {
  const transport = createTransport({ variables: {}, nodeVersion: NODE, ...options });
  try {
    const response = await transport.send({
      method: 'GET',
      url: new URL(url),
      headers: {},
      tls: PLAIN,
      publicOnly: false,
      idleTimeout: 5000,
      signal: new AbortController().signal,
      ...request,
    });
    const text = (await readBody(response, 1000)).toString();
    return { status: response.status, text, privatePeer: response.privatePeer };
  } finally {
    transport.close();
  }
}

/** A server that greets. */
export function hello(): Server {
  return createServer((request, response) => response.end(`hello ${request.url}`));
}

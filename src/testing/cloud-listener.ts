import { listen } from './listener.ts';

/** One request to the double of a cloud. */
export interface CloudCall {
  readonly method: string;
  /** The host that the client meant, without a port. */
  readonly host: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface CloudReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The double of a cloud's services, all at one loopback port: it tells them apart by the `Host` header. */
export interface CloudDouble {
  readonly url: string;
  /** Every request: `POST sts.eu-west-1.amazonaws.com/`. */
  readonly calls: readonly string[];
  stop(): Promise<void>;
}

/** Listens on a free loopback port. */
export async function startCloudDouble(answer: (call: CloudCall) => CloudReply): Promise<CloudDouble> {
  const calls: string[] = [];
  const listener = await listen(
    (request, response) => {
      const pieces: Uint8Array[] = [];
      request.on('data', (piece: Uint8Array) => pieces.push(piece));
      request.on('end', () => {
        const host = request.headers.host ?? '';
        const asked = new URL(request.url ?? '/', `http://${host}`);
        const headers = new Map(
          Object.entries(request.headersDistinct).map(([name, values]) => [name, (values ?? []).join(',')]),
        );
        const { method = '' } = request;
        calls.push(`${method} ${asked.hostname}${asked.pathname}`);
        const body = Buffer.concat(pieces).toString('utf8');
        const reply = answer({ method, host: asked.hostname, url: asked, headers, body });
        response.writeHead(reply.status, { ...reply.headers }).end(reply.body);
      });
    },
    { hostname: '127.0.0.1', tls: undefined, onConnection: () => undefined },
  );
  return { url: listener.url, calls, stop: async () => await listener.stop() };
}

export function jsonReply(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): CloudReply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

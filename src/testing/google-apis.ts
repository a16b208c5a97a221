import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type GoogleCloudOptions, tokenEndpoint } from './google-cloud.ts';
import {
  answerGoogleCall,
  type GoogleCall,
  type GoogleHandlers,
  type GoogleReply,
  googleRefusal,
} from './google-handler.ts';
import { type Listener, listen, type TlsOptions } from './listener.ts';

/** What happens to requests instead of an answer of the handlers. */
export interface GoogleFault {
  /** All hosts but that of the tokens when not given. */
  readonly host?: string;
  /** Is found in the path and query of those that it befalls. */
  readonly path?: string;
  /** How many it befalls; one when not given. */
  readonly times?: number;
  /** An answer; `reset` breaks the connection, `hang` never answers, `late-reset` does what was asked and breaks then. */
  readonly instead: GoogleReply | 'reset' | 'hang' | 'late-reset';
}

export interface GoogleApisOptions {
  /** Has to be good for `*.googleapis.com`. */
  readonly tls: TlsOptions;
  /** By host; `oauth2.googleapis.com` is there already. */
  readonly handlers: GoogleHandlers;
  /** Whose credentials buy tokens. */
  readonly identities?: Pick<GoogleCloudOptions, 'serviceAccount' | 'user'>;
  /** Milliseconds added to each request, and once to each new connection. */
  readonly roundTripMs?: number;
}

const TOKENS = 'oauth2.googleapis.com';
const LIFETIME_SECONDS = 3600;

/** Starts Google's APIs on loopback ports. */
export async function startGoogleApis(options: GoogleApisOptions): Promise<GoogleApis> {
  const apis = new GoogleApis(options);
  await apis.start();
  return apis;
}

/**
 * Google's APIs as a program sees them: real names and TLS, behind a proxy that `HTTPS_PROXY` has to name, with an
 * authority that `NODE_EXTRA_CA_CERTS` has to name. Only tokens that were bought here are taken.
 */
export class GoogleApis implements AsyncDisposable {
  readonly #options: GoogleApisOptions;
  readonly #tokens = new Set<string>();
  readonly #faults: { readonly fault: GoogleFault; left: number }[] = [];
  readonly #handshakes = new WeakMap<object, Promise<void>>();
  readonly #stopped = new AbortController();
  readonly #tunnels = new Set<Socket>();
  /** Every request: `POST cloudkms.googleapis.com/v1/…`. */
  readonly calls: string[] = [];
  /** Projects that were to be charged, one for each request that names one. */
  readonly quotaProjects: string[] = [];
  #listener: Listener | undefined;
  #proxy: Server | undefined;
  #inFlight = 0;
  #maxInFlight = 0;
  #connections = 0;
  #issued = 0;

  constructor(options: GoogleApisOptions) {
    this.#options = options;
  }

  /** For `HTTPS_PROXY`. */
  get proxyUrl(): string {
    const address = this.#proxy?.address();
    if (typeof address !== 'object' || address === null) throw new Error('the APIs are not started');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Requests at one time, at most. */
  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  get connections(): number {
    return this.#connections;
  }

  get tokensIssued(): number {
    return this.#issued;
  }

  /** The next requests that it is about meet it; faults are taken in the order in which they came. */
  fault(fault: GoogleFault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  /** None of the tokens that were bought is taken from now on. */
  endTokens(): void {
    this.#tokens.clear();
  }

  async start(): Promise<void> {
    this.#listener = await listen((request, response) => void this.#serve(request, response), {
      hostname: '127.0.0.1',
      tls: this.#options.tls,
      onConnection: (socket) => {
        this.#connections += 1;
        const handshake = this.#roundTrip();
        // Awaited by the first request; a connection without one must not fail the process.
        handshake.catch(() => undefined);
        this.#handshakes.set(socket, handshake);
      },
    });
    const port = Number(this.#listener.host.split(':').at(-1));
    const proxy = createServer((_request, response) => response.writeHead(405).end());
    proxy.on('connect', (request: IncomingMessage, client: Socket) => this.#tunnel(request, client, port));
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    this.#proxy = proxy;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const socket of this.#tunnels) socket.destroy();
    await Promise.all([
      this.#listener?.stop(),
      new Promise<void>((resolve) => {
        if (this.#proxy === undefined) return resolve();
        this.#proxy.close(() => resolve());
        this.#proxy.closeAllConnections();
      }),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #tunnel(request: IncomingMessage, client: Socket, port: number): void {
    client.on('error', () => client.destroy());
    if (!/^[a-z0-9.-]+\.googleapis\.com:443$/.test(request.url ?? '')) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const server = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#tunnels.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#tunnels.delete(socket);
        other.destroy();
      });
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#inFlight += 1;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
    response.on('close', () => (this.#inFlight -= 1));
    try {
      const [call, text] = await readCall(request);
      this.calls.push(`${call.method} ${call.host}${call.url.pathname}`);
      await this.#handshakes.get(request.socket);
      await this.#roundTrip();
      const instead = this.#nextFault(call);
      if (instead === 'hang') return;
      if (instead === 'late-reset') await this.#answer(call, text);
      if (instead === 'reset' || instead === 'late-reset') {
        response.destroy();
        return;
      }
      const { status, headers, body } = instead ?? (await this.#answer(call, text));
      response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    } catch {
      response.destroy();
    }
  }

  async #answer(call: GoogleCall, text: string): Promise<GoogleReply> {
    if (call.host === TOKENS) return this.#tokenReply(call, text);
    const [kind, token = ''] = call.headers.get('authorization')?.split(' ') ?? [];
    if (kind !== 'Bearer' || !this.#tokens.has(token)) {
      return googleRefusal(
        'UNAUTHENTICATED',
        'Request had invalid authentication credentials. Expected OAuth 2 access token.',
      );
    }
    const project = call.headers.get('x-goog-user-project');
    if (project !== undefined) this.quotaProjects.push(project);
    return await answerGoogleCall(this.#options.handlers, call);
  }

  #tokenReply(call: GoogleCall, body: string): GoogleReply {
    return tokenEndpoint({ ...call, body }, this.#options.identities ?? {}, () => {
      const access_token = `ya29.${(this.#issued += 1)}`;
      this.#tokens.add(access_token);
      return { access_token, expires_in: LIFETIME_SECONDS, token_type: 'Bearer' };
    });
  }

  #nextFault({ host, url }: GoogleCall): GoogleFault['instead'] | undefined {
    const met = this.#faults.find(({ fault, left }) => {
      const isHost = fault.host === undefined ? host !== TOKENS : fault.host === host;
      return left > 0 && isHost && `${url.pathname}${url.search}`.includes(fault.path ?? '');
    });
    if (met === undefined) return undefined;
    met.left -= 1;
    return met.fault.instead;
  }

  async #roundTrip(): Promise<void> {
    const { roundTripMs = 0 } = this.#options;
    if (roundTripMs > 0) await wait(roundTripMs, undefined, { signal: this.#stopped.signal });
  }
}

async function readCall(request: IncomingMessage): Promise<readonly [call: GoogleCall, text: string]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) if (piece instanceof Uint8Array) pieces.push(piece);
  const text = Buffer.concat(pieces).toString('utf8');
  const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
  const headers = new Map(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, (values ?? []).join(',')]),
  );
  const isJson = headers.get('content-type')?.startsWith('application/json') === true;
  const body: unknown = isJson && text !== '' ? JSON.parse(text) : text === '' ? undefined : text;
  const { method = '' } = request;
  return [{ method, host: url.hostname, url, headers, body }, text];
}

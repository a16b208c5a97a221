import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { createSecureContext, getCACertificates } from 'node:tls';
import { type Environment, https, proxyEnvironment, toError } from '../http/index.ts';

export interface HttpsRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** Sends one request as it is: no redirects, no retries. Throws what the network throws, or the signal's reason. */
export type HttpsTransport = (request: HttpsRequest, signal: AbortSignal) => Promise<HttpsAnswer>;

/** A request that came to no good end here: without an answer in time, or with one too long. */
export class TransportError extends Error {
  override name = 'TransportError';
  readonly code: 'ETIMEDOUT' | 'EMSGSIZE';

  constructor(message: string, code: 'ETIMEDOUT' | 'EMSGSIZE') {
    super(message);
    this.code = code;
  }
}

export interface HttpsTransportOptions {
  readonly environment: Pick<Environment, 'variables'>;
  /** Connections to one host. */
  readonly atOnce: number;
  /** Whose certificates are believed; PEM texts. */
  readonly authorities?: () => readonly string[];
}

const TIMEOUT = 30_000;
/** A page of a thousand occurrences has a few MB. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Requests over kept connections, by the proxies of the environment. */
export function httpsTransport({
  environment,
  atOnce,
  authorities = () => [...getCACertificates('default'), ...getCACertificates('system')],
}: HttpsTransportOptions): HttpsTransport {
  let agent: Agent | undefined;
  return async (request, signal) => {
    // Made with the first request, and once for all connections: reading hundreds of certificates takes its time.
    agent ??= new https.Agent({
      keepAlive: true,
      maxSockets: atOnce,
      proxyEnv: { ...proxyEnvironment(environment.variables, process.versions.node) },
      secureContext: createSecureContext({ ca: [...new Set(authorities())] }),
    });
    return await send(request, agent, signal);
  };
}

async function send(request: HttpsRequest, agent: Agent, signal: AbortSignal): Promise<HttpsAnswer> {
  signal.throwIfAborted();
  const { method, url, body } = request;
  const headers = {
    ...request.headers,
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  };
  const outgoing = https.request(url, { method, headers, agent });
  const abort = (): void => void outgoing.destroy(toError(signal.reason));
  const timer = setTimeout(
    () => outgoing.destroy(new TransportError(`no answer within ${TIMEOUT / 1000} s`, 'ETIMEDOUT')),
    TIMEOUT,
  );
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await answerTo(outgoing, body);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

async function answerTo(outgoing: ClientRequest, body: string | undefined): Promise<HttpsAnswer> {
  return await new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      readAnswer(incoming).then(resolve, (error: unknown) => {
        // What the reader throws is only that the connection ended; why it did is with the request.
        reject(toError(outgoing.errored ?? error));
        outgoing.destroy();
      });
    });
    outgoing.end(body);
  });
}

async function readAnswer(incoming: IncomingMessage): Promise<HttpsAnswer> {
  return {
    status: incoming.statusCode ?? 0,
    retryAfter: incoming.headers['retry-after'],
    text: await readText(incoming, MOST_BYTES),
  };
}

/** A body as text. Throws `TransportError` for one of more than `most` bytes. */
export async function readText(body: AsyncIterable<unknown>, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > most) throw new TransportError(`the answer is longer than ${most} bytes`, 'EMSGSIZE');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

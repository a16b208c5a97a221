import type { Agent, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { http, https } from '../http/index.ts';
import { ContentError } from './content-error.ts';

/** One GET request as it is sent. */
export interface ExchangeRequest {
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly agent: Agent;
  /** The name to check in the server's certificate, where it is not that of the URL. */
  readonly servername: string | undefined;
  readonly signal: AbortSignal;
}

/** Milliseconds of silence after which the operating system asks whether the other side is still there. */
const KEEP_ALIVE = 30_000;
/** Longest body that is read whole, in bytes: far above any page, far below what would end the process. */
const MAX_BODY = 256 * 1024 * 1024;

/**
 * Sends a request and waits for the head of its answer. A kept connection that the server had already closed costs another
 * try, not an error. Throws what the network throws.
 */
export async function exchange(request: ExchangeRequest): Promise<IncomingMessage> {
  for (;;) {
    const answer = await attempt(request);
    if (answer !== 'stale') return answer;
  }
}

async function attempt(call: ExchangeRequest): Promise<IncomingMessage | 'stale'> {
  const { url, headers, agent, servername, signal } = call;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage | 'stale'>();
  const client = url.protocol === 'http:' ? http : https;
  const request = client.request(url, {
    headers,
    agent,
    signal,
    ...(servername === undefined ? {} : { servername }),
  });
  request.setSocketKeepAlive(true, KEEP_ALIVE);
  request.on('response', resolve);
  request.on('error', (error) => {
    const code: unknown = Reflect.get(error, 'code');
    const reset = code === 'ECONNRESET' || code === 'EPIPE';
    if (request.reusedSocket && reset && !signal.aborted) resolve('stale');
    else reject(error);
  });
  request.end();
  return await promise;
}

/**
 * The bytes of an answer, unzipped as they come. Where `cut` is true the end of the stream is the end, also in the middle
 * of what was compressed. Throws for a compression that nobody asked for.
 */
export function decodedBody(answer: IncomingMessage, { cut }: { readonly cut: boolean }): Readable {
  const encoding = answer.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return answer;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    answer.destroy();
    throw new ContentError('the server compressed its answer in a way that nobody asked for');
  }
  const gunzip = createGunzip(cut ? { finishFlush: constants.Z_SYNC_FLUSH } : {});
  // Errors reach the reader of what comes out.
  return pipeline(answer, gunzip, () => undefined);
}

/** A whole body as text; throws when it is longer than `limit` bytes. */
export async function readText(body: Readable, limit: number = MAX_BODY): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > limit) throw new ContentError(`the answer is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}

import type { Agent, IncomingMessage } from 'node:http';
import { getCACertificates } from 'node:tls';
import { http, https, ProxyError, proxyEnvironment } from '../http/index.ts';
import { CloudFault, type CloudFaultReason } from './cloud-fault.ts';

export interface CloudRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
}

export interface CloudAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends one request as it is: no redirects, no retries. Throws `CloudFault` when there is no answer. */
export type CloudTransport = (request: CloudRequest) => Promise<CloudAnswer>;

/** For answers of token services. */
export const TOKEN_TIMEOUT = 10_000;
/** For metadata servers, which are near or nowhere. */
export const METADATA_TIMEOUT = 1000;
const MOST_BYTES = 256 * 1024;

export interface CloudTransportOptions {
  /** For proxies. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Of the Node that runs us: older ones know no proxies. */
  readonly nodeVersion: string;
}

/** Requests on Node's HTTP client, which also the SDKs are given: they know neither the proxies nor the limits. */
export function cloudTransport({ variables, nodeVersion }: CloudTransportOptions): CloudTransport {
  let agent: Agent | undefined;
  const proxied = (): Agent => {
    const proxyEnv = { ...proxyEnvironment(variables, nodeVersion) };
    return new https.Agent({
      proxyEnv,
      ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])],
    });
  };
  return async (request) => {
    const { url, method, headers, body, timeout } = request;
    const isTls = url.protocol === 'https:';
    const signal = AbortSignal.timeout(timeout);
    try {
      return await new Promise<CloudAnswer>((resolve, reject) => {
        const outgoing = (isTls ? https : http).request(url, {
          method,
          headers,
          signal,
          // Plain http is for metadata servers, which no proxy can reach.
          agent: isTls ? (agent ??= proxied()) : false,
        });
        outgoing.on('error', reject);
        outgoing.on('response', (incoming) => {
          readAnswer(incoming).then(resolve, reject);
        });
        outgoing.end(body);
      });
    } catch (error) {
      if (error instanceof CloudFault) throw error;
      if (error instanceof ProxyError)
        throw new CloudFault(error.message, { reason: 'invalid_configuration' });
      const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
      const [reason, words]: readonly [CloudFaultReason, string] = signal.aborted
        ? ['timeout', `no answer within ${timeout / 1000} s`]
        : ['unavailable', typeof code === 'string' ? code : 'the connection broke'];
      throw new CloudFault(`${url.host}: ${words}`, { reason });
    }
  };
}

async function readAnswer(incoming: IncomingMessage): Promise<CloudAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new CloudFault(`the answer is longer than ${MOST_BYTES} bytes`, { reason: 'invalid_answer' });
    chunks.push(chunk);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return { status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks) };
}

/** What the last request through a watched transport came to: a fault of an SDK is told by it, whatever the SDK calls it. */
export class WatchedTransport {
  #last: CloudFaultReason = 'invalid_configuration';
  readonly send: CloudTransport;

  constructor(transport: CloudTransport) {
    this.send = async (request) => {
      try {
        const answer = await transport(request);
        this.#last = reasonOf(answer);
        return answer;
      } catch (error) {
        this.#last = error instanceof CloudFault ? error.reason : 'unavailable';
        throw error;
      }
    };
  }

  /** Without a request it was never asked: what was configured is of no use. */
  get reason(): CloudFaultReason {
    return this.#last;
  }
}

function reasonOf({ status, body }: CloudAnswer): CloudFaultReason {
  if (status < 300) return 'invalid_answer';
  // AWS answers 400 and says it in words.
  const isThrottled = status === 429 || (status === 400 && /Throttling|TooManyRequests/.test(String(body)));
  if (isThrottled) return 'throttled';
  return status >= 500 ? 'unavailable' : 'refused';
}

import { type Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The codes of an error body; empty when it is none. */
  readonly codes: readonly string[];
}

export interface RawRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces of a list are sent one by one, without Content-Length. */
  readonly body?: Uint8Array | string | readonly Uint8Array[];
  readonly signal?: AbortSignal;
}

/** Sends requests to one registry, exactly as written: no redirects, no retries, no credentials. */
export class RawClient {
  readonly #url: string;

  readonly #agent: Agent | false;

  /** Without an agent each request has a connection of its own. */
  constructor(url: string, { agent }: { readonly agent?: Agent } = {}) {
    this.#url = url;
    this.#agent = agent ?? false;
  }

  /** `target` is a path or a `Location`. */
  send(method: string, target: string, { headers = {}, body, signal }: RawRequest = {}): Promise<RawAnswer> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const length = bytes instanceof Uint8Array ? { 'Content-Length': String(bytes.length) } : {};
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(target, this.#url), {
        method,
        headers: { ...length, ...headers },
        agent: this.#agent,
        ...(signal === undefined ? {} : { signal }),
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on('data', (piece: Buffer) => pieces.push(piece));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const answer = Buffer.concat(pieces);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: answer,
            codes: errorCodes(answer.toString()),
          });
        });
      });
      const parts = bytes instanceof Uint8Array ? [bytes] : (bytes ?? []);
      for (const part of parts) outgoing.write(part);
      outgoing.end();
    });
  }
}

function errorCodes(text: string): string[] {
  return [...text.matchAll(/"code":"([A-Z_]+)"/g)].map((match) => match[1] ?? '');
}

import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';

export interface KubeClientOptions {
  /** PEM text of the authority to trust. */
  readonly ca?: string | undefined;
  /** Sent as a bearer token; none when empty. */
  readonly token?: string;
}

export interface KubeRequest {
  /** Instead of the client's own; none when empty. */
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface KubeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came, unpacked. */
  readonly text: string;
}

/** One line of a watch. */
export interface KubeEvent {
  readonly type: string;
  readonly object: KubeObject;
}

/** An object, a list or a Status, as far as tests look at it. */
export interface KubeObject {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly unknown[];
    readonly managedFields?: readonly unknown[];
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items?: readonly KubeObject[];
  readonly spec?: unknown;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string }[] };
}

export interface KubeWatch {
  readonly status: number;
  /** All events up to the one that was waited for, or to the end. */
  readonly events: readonly KubeEvent[];
  /** What was answered instead of a stream. */
  readonly refusal: KubeObject | undefined;
}

/** Sends requests to one API server, exactly as written: no retries. */
export class KubeClient {
  readonly #url: string;
  readonly #options: KubeClientOptions;

  constructor(url: string, options: KubeClientOptions = {}) {
    this.#url = url;
    this.#options = options;
  }

  async send(method: string, path: string, request: KubeRequest = {}): Promise<KubeAnswer> {
    const incoming = await this.#open(method, path, request);
    const pieces: Uint8Array[] = [];
    for await (const piece of incoming) if (piece instanceof Uint8Array) pieces.push(piece);
    const { statusCode = 0, headers } = incoming;
    const body = Buffer.concat(pieces);
    const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    return { status: statusCode, headers, text };
  }

  /** As `send`, its answer read as an object. */
  async object(method: string, path: string, request: KubeRequest = {}): Promise<KubeObject> {
    return JSON.parse((await this.send(method, path, request)).text);
  }

  /** As `object`; throws when the server refuses. */
  async ok(method: string, path: string, request: KubeRequest = {}): Promise<KubeObject> {
    const { status, text } = await this.send(method, path, request);
    if (status >= 300) throw new Error(`${method} ${path}: ${status}: ${text}`);
    return JSON.parse(text);
  }

  /** Watches until one event is the one waited for, or to the end of the stream. */
  async watch(
    path: string,
    until: (event: KubeEvent) => boolean,
    request: KubeRequest = {},
  ): Promise<KubeWatch> {
    const incoming = await this.#open('GET', path, request);
    const status = incoming.statusCode ?? 0;
    const events: KubeEvent[] = [];
    try {
      for await (const line of createInterface({ input: incoming })) {
        if (status !== 200) return { status, events, refusal: JSON.parse(line) };
        const event: KubeEvent = JSON.parse(line);
        events.push(event);
        if (until(event)) break;
      }
    } finally {
      incoming.destroy();
    }
    return { status, events, refusal: undefined };
  }

  #open(method: string, path: string, request: KubeRequest): Promise<IncomingMessage> {
    const { ca, token: own = '' } = this.#options;
    const { token = own, body, contentType = 'application/json', headers } = request;
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const options = {
        method,
        agent: false,
        headers: {
          ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
          ...(bytes ? { 'Content-Type': contentType, 'Content-Length': String(bytes.length) } : {}),
          ...headers,
        },
        ...(ca === undefined ? {} : { ca }),
      };
      const url = new URL(path, this.#url);
      const outgoing = url.protocol === 'https:' ? tlsRequest(url, options) : plainRequest(url, options);
      outgoing.on('error', reject);
      outgoing.on('response', resolve);
      outgoing.end(bytes);
    });
  }
}

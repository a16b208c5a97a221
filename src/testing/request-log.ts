import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request as it was seen; `status` is 0 while it is open and when it was cut before an answer. */
export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  /** The raw query, without its question mark. */
  readonly query: string;
  readonly kind: string;
  readonly status: number;
  /** The scheme of the Authorization header, in lower case; empty without. */
  readonly authorization: string;
  /** Number of the connection, from 1. */
  readonly connection: number;
}

/** A request in the log while it is served. */
export interface LogEntry {
  /** Aborted when the answer has been sent, or its connection is gone. */
  readonly gone: AbortSignal;
  answered(status: number): void;
}

/** Counts what a server is asked, and remembers each request. */
export class RequestLog {
  readonly #records: { request: Omit<RequestRecord, 'status'>; status: number }[] = [];
  readonly #connections = new WeakMap<object, number>();
  #connectionsSeen = 0;
  #connectionsBefore = 0;
  #inFlight = 0;
  #maxInFlight = 0;

  get requests(): readonly RequestRecord[] {
    return this.#records.map(({ request, status }) => ({ ...request, status }));
  }

  /** Connections opened since the last reset. */
  get connections(): number {
    return this.#connectionsSeen - this.#connectionsBefore;
  }

  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  /** How many requests of each kind; those answered 401 are only under `401`, so the sum is all requests. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { request, status } of this.#records) {
      const key = status === 401 ? '401' : request.kind;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  /** The number of a connection, given when it is first seen. */
  connection(socket: object): number {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    this.#connectionsSeen++;
    this.#connections.set(socket, this.#connectionsSeen);
    return this.#connectionsSeen;
  }

  /** Notes a request from its start to its end; call `answered` with the status when there is one. */
  follow(
    { headers, socket }: IncomingMessage,
    response: ServerResponse,
    { method, url, kind }: { readonly method: string; readonly url: URL; readonly kind: string },
  ): LogEntry {
    const request = {
      method,
      path: url.pathname,
      query: url.search.slice(1),
      kind,
      authorization: headers.authorization?.split(' ', 1)[0]?.toLowerCase() ?? '',
      connection: this.connection(socket),
    };
    const record = { request, status: 0 };
    this.#records.push(record);
    this.#inFlight++;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
    const gone = new AbortController();
    response.once('close', () => {
      this.#inFlight--;
      gone.abort();
    });
    return {
      gone: gone.signal,
      answered: (status) => {
        record.status = status;
      },
    };
  }

  reset(): void {
    this.#records.length = 0;
    this.#connectionsBefore = this.#connectionsSeen;
    this.#maxInFlight = this.#inFlight;
  }
}

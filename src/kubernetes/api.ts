/** Parameters of a request; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** One line of a watch; `object` is as the server sent it. */
export interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

export interface WatchRequest {
  readonly path: string;
  readonly query: Query;
  /** Milliseconds without a byte after which the connection is taken for dead. */
  readonly idleTimeout: number;
  readonly signal: AbortSignal;
}

/** What is asked of an API server; authentication, TLS and connections are its own affair. */
export interface ApiServer {
  /** Reads one object or list, whole. Throws `ApiError`, or the signal's reason. */
  get(path: string, query: Query, signal: AbortSignal): Promise<unknown>;
  /**
   * Opens a watch and yields its events in order, in batches as they arrive; ends when the server ends the stream, also
   * in mid-line. Throws `ApiError` when the server refuses or the connection breaks, or the signal's reason.
   */
  watch(request: WatchRequest): AsyncIterable<readonly WatchEvent[]>;
}

export interface ApiErrorParts {
  /** What was being done, as an infinitive: `list pods`. */
  readonly operation: string;
  /** HTTP status, or the code of a Status object; undefined when there was no answer. */
  readonly status?: number | undefined;
  /** The `reason` of a Status object: `Expired`, `Forbidden`, … */
  readonly reason?: string | undefined;
  /** The server's own words, or those of the network. */
  readonly message: string;
  /** The `reason`s of a Status object's `details.causes`. */
  readonly causes?: readonly string[];
  /** Milliseconds that the server asked us to wait. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** An API server that could not do what it was asked. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly causes: readonly string[];
  readonly retryAfter: number | undefined;

  constructor({ operation, status, reason, message, causes = [], retryAfter, cause }: ApiErrorParts) {
    const answer = [status, reason].filter((part) => part !== undefined).join(' ');
    super(
      `cannot ${operation}: ${answer === '' ? '' : `${answer}: `}${message}`,
      cause === undefined ? {} : { cause },
    );
    this.status = status;
    this.reason = reason;
    this.causes = causes;
    this.retryAfter = retryAfter;
  }
}

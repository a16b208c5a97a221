/** One request to a Google API, by REST (https://cloud.google.com/apis/docs/http). */
export interface GoogleRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute, of one of Google's hosts. */
  readonly url: URL;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** False for what must not be sent twice when it may have been acted on. */
  readonly repeatable?: boolean;
}

/** Sends requests with Application Default Credentials, and waits out quota errors and servers that are not well. */
export interface GoogleApi {
  /** The JSON of the answer. Throws `GoogleError`, or the signal's reason. */
  call(request: GoogleRequest, signal: AbortSignal): Promise<unknown>;
}

export interface GoogleErrorOptions extends ErrorOptions {
  /** HTTP status; undefined without an answer. */
  readonly httpStatus?: number | undefined;
  /** Of google.rpc.Code: `PERMISSION_DENIED`; undefined where the answer does not say. */
  readonly status?: string | undefined;
}

/** A request to Google that failed, in one sentence that names the host and what it said. */
export class GoogleError extends Error {
  override name = 'GoogleError';
  readonly httpStatus: number | undefined;
  readonly status: string | undefined;

  constructor(message: string, { httpStatus, status, ...options }: GoogleErrorOptions = {}) {
    super(message, options);
    this.httpStatus = httpStatus;
    this.status = status;
  }
}

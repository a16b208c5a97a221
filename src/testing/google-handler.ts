/** One request to the double of a Google API. */
export interface GoogleCall {
  readonly method: string;
  /** The host that the client meant: `cloudkms.googleapis.com`. */
  readonly host: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The JSON that was sent; the text of anything else, and undefined where nothing was. */
  readonly body: unknown;
}

export interface GoogleReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a text is sent as it is. */
  readonly body: unknown;
}

/** Answers for one Google API. */
export type GoogleHandler = (call: GoogleCall) => GoogleReply | Promise<GoogleReply>;

/** Handlers by host. */
export type GoogleHandlers = Readonly<Record<string, GoogleHandler>>;

/** The status of HTTP for each google.rpc.Code that a double answers (google/rpc/code.proto). */
const HTTP_STATUS = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

export type GoogleCode = keyof typeof HTTP_STATUS;

/** What a Google API answers when it does not do as asked (https://cloud.google.com/apis/design/errors). */
export function googleRefusal(
  status: GoogleCode,
  message: string,
  details: readonly object[] = [],
): GoogleReply {
  const code = HTTP_STATUS[status];
  const error = { code, message, status, ...(details.length === 0 ? {} : { details }) };
  return { status: code, body: { error } };
}

/** The reply of the handler for the call's host. */
export async function answerGoogleCall(handlers: GoogleHandlers, call: GoogleCall): Promise<GoogleReply> {
  const handler = Object.hasOwn(handlers, call.host) ? handlers[call.host] : undefined;
  // The front end of Google answers in HTML where there is nothing.
  return handler === undefined
    ? { status: 404, headers: { 'content-type': 'text/html' }, body: '<html><title>Error 404</title></html>' }
    : await handler(call);
}

import type { Repository } from '../oci/index.ts';
import type { Grant } from './authorizer.ts';
import { discard, readErrorBody } from './body.ts';
import { type Destination, destination, type Sender } from './destination.ts';
import { ContentError, DestinationError, parseFaults, RegistryError, type RegistryFault } from './errors.ts';
import { ecrHint } from './hints.ts';
import type { RegistryHost } from './host.ts';
import { type Outcome, persist } from './persist.ts';
import { errorCode, judgeFailure, judgeStatus, parseRetryAfter } from './retry.ts';
import { type Scope, TokenError } from './token.ts';
import type { BodyWriter, HttpResponse } from './transport.ts';

/** One request to a repository of a registry, to be sent until it is answered for good. */
export interface Call {
  readonly host: RegistryHost;
  readonly repository: Repository;
  /** What is being done, for errors, as an infinitive. */
  readonly operation: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** A path below `/v2/<repository>/`, or where an answer of this registry sent us. */
  readonly target: string | Destination;
  readonly push?: boolean;
  /** A second repository of the host that must be readable for this. */
  readonly from?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | BodyWriter;
  /** Statuses that are answers; everything else is an error. */
  readonly expect: readonly number[];
  /** False for requests that must not be repeated after they may have been acted on. */
  readonly repeatable?: boolean;
  readonly signal: AbortSignal;
}

export interface Answer extends HttpResponse {
  /** Where the answer came from, after redirects. */
  readonly url: URL;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a call with authorisation, patience and retries, following redirects that are safe to follow.
 * Throws `RegistryError`, or the signal's reason. The answer's body must be read or discarded.
 */
export async function exchange(call: Call): Promise<Answer> {
  const { host, signal } = call;
  let refusals = 0;
  const attempt = async (): Promise<Outcome<Answer>> => {
    const met = await host.meet(signal);
    try {
      const grant = await authorize(call);
      const answer = await sendInTurn(call, grant);
      if (call.expect.includes(answer.status)) return { kind: 'done', value: answer };
      if (answer.status === 401 && answer.url.host === host.base.host) {
        refusals++;
        if (await host.authorizer.refused(grant, answer.challenges, scopesOf(call), refusals, signal)) {
          discard(answer);
          return typeof call.body === 'function' ? again(call, answer, []) : { kind: 'amended' };
        }
      }
      return again(call, answer, parseFaults(await readErrorBody(answer)));
    } catch (cause) {
      if (cause instanceof RegistryError) throw cause;
      return failed(call, cause);
    } finally {
      met?.();
    }
  };
  return await persist(attempt, { ...host.pace, signal });
}

/** The registry as seen by an answer of it, for `Location` headers. */
export function locate(call: Pick<Call, 'host' | 'repository' | 'operation'>, answer: Answer): Destination {
  const location = answer.headers.location;
  if (location === undefined || location === '') {
    throw new RegistryError({ ...call, status: answer.status, reason: 'the answer has no Location' });
  }
  try {
    return destination(call.host.sender, location, answer.url);
  } catch (cause) {
    throw new RegistryError({ ...call, reason: describe(cause), cause });
  }
}

function scopesOf({ repository, push = false, from }: Call): readonly Scope[] {
  const own = { path: repository.path, push };
  return from === undefined || from === repository.path ? [own] : [own, { path: from, push: false }];
}

async function authorize(call: Call): Promise<Grant | undefined> {
  try {
    return await call.host.authorizer.authorize(scopesOf(call), call.signal);
  } catch (cause) {
    if (call.signal.aborted) throw cause;
    const status = cause instanceof TokenError && cause.status !== undefined ? { status: cause.status } : {};
    throw new RegistryError({ ...call, ...status, reason: describe(cause), cause });
  }
}

async function sendInTurn(call: Call, grant: Grant | undefined): Promise<Answer> {
  // A body written on the go is a transfer, which has a lane of its own.
  const release = typeof call.body === 'function' ? undefined : await call.host.throttle.acquire(call.signal);
  try {
    return await send(call, grant);
  } finally {
    release?.();
  }
}

async function send(call: Call, grant: Grant | undefined): Promise<Answer> {
  const { host, repository, target } = call;
  for (;;) {
    const start: Destination =
      typeof target === 'string'
        ? { url: new URL(`/v2/${repository.path}/${target}`, host.base), own: true, publicOnly: false }
        : target;
    try {
      const answer = await follow(call, start, grant);
      if (host.reached || !(await isTlsComplaint(answer, host.sender)) || !host.otherScheme()) return answer;
    } catch (error) {
      if (call.signal.aborted || host.reached || !isSchemeFailure(error, host.base) || !host.otherScheme())
        throw error;
    }
  }
}

async function follow(call: Call, start: Destination, grant: Grant | undefined): Promise<Answer> {
  const { host, method, body, signal } = call;
  let next = start;
  for (let hops = 0; ; hops++) {
    const response = await host.send({
      method,
      url: next.url,
      headers: { ...call.headers, ...(grant && next.own ? { authorization: grant.header } : {}) },
      ...(body === undefined ? {} : { body }),
      publicOnly: next.publicOnly,
      signal,
    });
    const answer = { ...response, url: next.url };
    if (!REDIRECTS.has(response.status) || response.headers.location === undefined) return answer;
    const safe =
      method === 'GET' || method === 'HEAD' || (response.status >= 307 && typeof body !== 'function');
    if (!safe) return answer;
    discard(response);
    if (hops === MAX_REDIRECTS) throw new DestinationError(`more than ${MAX_REDIRECTS} redirects`);
    next = destination(host.sender, response.headers.location, next.url);
  }
}

/** What meets TLS on a plain port, plain HTTP on a TLS port, or the wrong one of the default ports. */
function isSchemeFailure(error: unknown, base: URL): boolean {
  const code = errorCode(error);
  if (code === 'ECONNREFUSED' || code === 'ETIMEDOUT') return base.port === '';
  return code === 'EPROTO' || code === 'ECONNRESET' || code.startsWith('HPE_') || code.startsWith('ERR_SSL');
}

/** Go's TLS servers answer plain HTTP with a 400 that says so. */
async function isTlsComplaint(answer: Answer, sender: Sender): Promise<boolean> {
  if (
    answer.status !== 400 ||
    sender.base.protocol !== 'http:' ||
    answer.headers['docker-distribution-api-version']
  ) {
    return false;
  }
  return /HTTP request to an HTTPS server/i.test(await readErrorBody(answer));
}

function failed(call: Call, cause: unknown): Outcome<Answer> {
  if (call.signal.aborted) throw cause;
  const error = new RegistryError({
    ...call,
    reason: describe(cause),
    cause,
    ...ecrHint(call.repository, undefined, []),
  });
  // A body written on the go was read from somewhere that only the caller can read again.
  if (call.repeatable === false || typeof call.body === 'function') throw error;
  if (judgeFailure(cause) === 'again') return { kind: 'again', error };
  throw error;
}

function again(call: Call, answer: Answer, faults: readonly RegistryFault[]): Outcome<Answer> {
  const { host, repository } = call;
  const codes = faults.map(({ code }) => code);
  const error = new RegistryError({
    ...call,
    status: answer.status,
    faults,
    ...ecrHint(repository, answer.status, codes),
  });
  const retryAfter = parseRetryAfter(answer.headers['retry-after'], host.now());
  const verdict = judgeStatus(answer.status, codes, retryAfter !== undefined);
  if (verdict === 'pause') {
    if (typeof call.body !== 'function') return { kind: 'pause', retryAfter, error };
    host.throttle.pause(retryAfter);
  }
  if (verdict === 'again' && call.repeatable !== false && typeof call.body !== 'function')
    return { kind: 'again', error };
  throw error;
}

/** What a failure without an answer means, in the words of its causes. */
function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause instanceof DestinationError || cause instanceof ContentError) return cause.message;
  if (cause instanceof TokenError)
    return cause.cause === undefined ? cause.message : `${cause.message}: ${describe(cause.cause)}`;
  if (cause instanceof AggregateError) return [...new Set(cause.errors.map(describe))].join(', ');
  return cause.message;
}

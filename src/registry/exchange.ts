import type { Repository } from '../oci/index.ts';
import type { Grant } from './authorizer.ts';
import { discard, readBody, readErrorBody } from './body.ts';
import { parseRetryAfter, toError } from '../http/index.ts';
import { Claim, type Setback } from './claim.ts';
import { type Destination, destination } from './destination.ts';
import { dispatch, type Reply } from './dispatch.ts';
import { parseFaults, RegistryError, type RegistryFault } from './errors.ts';
import { ecrHint } from './hints.ts';
import type { RegistryHost } from './host.ts';
import type { Offers } from './offers.ts';
import { type Outcome, persist } from './persist.ts';
import { certificateHint, reasonOf, statusOf } from './reason.ts';
import { judgeFailure, judgeStatus } from './retry.ts';
import type { Scope } from './token.ts';
import type { BodyWriter } from './transport.ts';

/** One request to a repository of a registry, to be sent until it is answered for good. */
export interface Call {
  readonly host: RegistryHost;
  readonly repository: Repository;
  /** What the host may be asked with. */
  readonly offers: Offers;
  /** What is being done, for errors, as an infinitive. */
  readonly operation: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** A path below `/v2/<repository>/`, or where an answer of this registry sent us. */
  readonly target: string | Destination;
  readonly push?: boolean;
  /** A second repository of the host that must be readable for this. */
  readonly from?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** One written on the go is never sent twice: it was read from somewhere that only the caller can read again. */
  readonly body?: Uint8Array | BodyWriter;
  /** Statuses that are answers; everything else is an error. */
  readonly expect: readonly number[];
  /** Reads an answer's body, at most so many bytes, as part of the request: a body that is cut is asked for again. */
  readonly limit?: number;
  /** False for requests that must not be repeated after they may have been acted on. */
  readonly repeatable?: boolean;
  /** True waits a moment for the answer to what was sent already when `signal` ends: it names what must then be closed. */
  readonly opens?: boolean;
  readonly signal: AbortSignal;
}

export interface Answer extends Reply {
  /** The body where the call has a `limit`; else empty, and the body must be read or discarded. */
  readonly bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);

/**
 * Sends a call with authorisation, patience and retries. Throws `RegistryError`, with the verdict of its last
 * answer, or the signal's reason.
 */
export async function exchange(call: Call): Promise<Answer> {
  const { host, offers, signal, push = false, from } = call;
  const claim = new Claim<Outcome<Answer>>({
    authorizer: host.authorizer,
    offers,
    scopes: scopesOf(call),
    reading: !push && from === undefined && (call.method === 'GET' || call.method === 'HEAD'),
  });
  const attempt = async (): Promise<Outcome<Answer>> => {
    const met = await host.meet(signal);
    let answered = false;
    try {
      const shown = await claim.show(signal, (error) => failed(call, error));
      if ('end' in shown) return shown.end();
      const reply = await sendInTurn(call, shown.grant);
      answered = true;
      const { faults, settle } = await readReply(call, reply);
      if (!isRefusal(reply.status) || reply.url.host !== host.base.host) {
        if (call.expect.includes(reply.status)) claim.worked();
        return settle();
      }
      const setback = { status: reply.status, settle };
      const end = await claim.refused(setback, shown.grant, reply.challenges, signal);
      if (end) return end();
      if (typeof call.body === 'function') throw refusal(call, reply, faults, 'token');
      return { kind: 'amended' };
    } catch (cause) {
      return failed(call, cause);
    } finally {
      met?.(answered);
    }
  };
  return await persist(attempt, { ...host.persistence, signal });
}

/** Reads what an answer says, and what the call comes to if it is the last one. */
async function readReply(
  call: Call,
  reply: Reply,
): Promise<{ readonly faults: readonly RegistryFault[]; readonly settle: () => Outcome<Answer> }> {
  if (!call.expect.includes(reply.status)) {
    const faults = parseFaults(await readErrorBody(reply));
    return { faults, settle: () => unwelcome(call, reply, faults) };
  }
  const turn = { places: call.host.largeBodies, signal: call.signal };
  const bytes = call.limit === undefined ? NOTHING : await readBody(reply, call.limit, turn);
  if (reply.status === 404 && call.limit === undefined) await discard(reply);
  return { faults: [], settle: () => ({ kind: 'done', value: { ...reply, bytes } }) };
}

/** Statuses with which a registry may mean that it does not know who asks, or cannot read what it is shown. */
function isRefusal(status: number): status is Setback<unknown>['status'] {
  return status === 400 || status === 401 || status === 403 || status === 404;
}

/** The registry as seen by an answer of it, for `Location` headers. Throws `RegistryError`. */
export function locate(call: Pick<Call, 'host' | 'repository' | 'operation'>, answer: Reply): Destination {
  const location = answer.headers.location;
  if (location === undefined || location === '') {
    throw new RegistryError({ ...call, status: answer.status, reason: 'the answer has no Location' });
  }
  try {
    return destination(call.host.sender, location, answer.url);
  } catch (cause) {
    throw new RegistryError({ ...call, reason: reasonOf(cause), cause });
  }
}

function scopesOf({ repository, push = false, from }: Call): readonly Scope[] {
  const own = { path: repository.path, push };
  return from === undefined || from === repository.path ? [own] : [own, { path: from, push: false }];
}

async function sendInTurn(call: Call, grant: Grant | undefined): Promise<Reply> {
  const { throttle } = call.host;
  if (typeof call.body === 'function') {
    // A transfer has a lane of its own, but no request goes to a host that asked for peace.
    await throttle.waitOut(call.signal);
    return await dispatch(call, grant);
  }
  const release = await throttle.acquire(call.signal);
  try {
    return await dispatch(call, grant);
  } finally {
    release();
  }
}

/** What a request without an answer comes to. */
function failed(call: Call, cause: unknown): Outcome<Answer> {
  if (call.signal.aborted) throw toError(call.signal.reason);
  if (cause instanceof RegistryError) throw cause;
  const verdict = judgeFailure(cause);
  const error = new RegistryError({
    ...call,
    ...statusOf(cause),
    reason: reasonOf(cause),
    cause,
    verdict,
    ...certificateHint(call.host.registry, cause),
    ...ecrHint(call, { cause }),
  });
  if (verdict === 'again' && mayRepeat(call)) return { kind: 'again', error };
  throw error;
}

/** What an answer comes to that was not hoped for. */
function unwelcome(call: Call, reply: Reply, faults: readonly RegistryFault[]): Outcome<Answer> {
  const codes = faults.map(({ code }) => code);
  const retryAfter = parseRetryAfter(reply.headers['retry-after'], call.host.now());
  const verdict = judgeStatus(reply.status, codes, retryAfter !== undefined);
  const error = refusal(call, reply, faults, verdict === 'token' ? 'final' : verdict, retryAfter);
  // Refused before it was acted on, so that even what must not happen twice may be sent again.
  if (verdict === 'pause' && typeof call.body !== 'function') {
    const giveUp = (rest: number): RegistryError => refusal(call, reply, faults, verdict, retryAfter, rest);
    return { kind: 'pause', retryAfter, error: giveUp };
  }
  if (verdict === 'again' && mayRepeat(call)) return { kind: 'again', error };
  if (reply.status < 500 && verdict !== 'pause') call.host.throttle.succeeded();
  throw error;
}

function mayRepeat({ repeatable, body }: Call): boolean {
  return repeatable !== false && typeof body !== 'function';
}

function refusal(
  call: Call,
  reply: Reply,
  faults: readonly RegistryFault[],
  verdict: RegistryError['verdict'],
  retryAfter?: number,
  rest = retryAfter,
): RegistryError {
  const { host } = call;
  const codes = faults.map(({ code }) => code);
  const reasons: string[] = [];
  if (reply.url.host !== host.base.host) reasons.push(`answered by ${reply.url.host}`);
  if (retryAfter !== undefined) reasons.push(`it asks to wait ${Math.ceil(retryAfter / 1000)} s`);
  return new RegistryError({
    ...call,
    status: reply.status,
    faults,
    verdict,
    retryAfter: rest,
    ...(reasons.length === 0 ? {} : { reason: reasons.join(', ') }),
    ...ecrHint(call, { status: reply.status, codes }),
  });
}

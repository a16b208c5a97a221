import type { Grant } from './authorizer.ts';
import { discard, readErrorBody } from './body.ts';
import { type Destination, destination, type Sender } from './destination.ts';
import { DestinationError } from './errors.ts';
import type { Call } from './exchange.ts';
import { foreignAuthorization } from './foreign-token.ts';
import { errorCode } from './retry.ts';
import type { HttpResponse } from './transport.ts';

/** An answer that is final as far as HTTP is concerned. */
export interface Reply extends HttpResponse {
  /** Where it came from, after redirects. */
  readonly url: URL;
}

const MAX_REDIRECTS = 10;
/** Milliseconds that an answer is waited for which nobody needs but to undo what it tells of. */
const LINGER = 2000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a call once, following redirects that are safe to follow; finds out at the first contact by which scheme
 * the registry is reached. Throws `DestinationError`, or what the network throws.
 */
export async function dispatch(call: Call, grant: Grant | undefined): Promise<Reply> {
  const { host, repository, target, signal } = call;
  if (typeof target !== 'string') return await follow(call, target, host.sender, grant);
  const { bases } = host;
  let mismatch: { readonly error: unknown } | undefined;
  for (const [index, base] of bases.entries()) {
    const start = { url: new URL(`/v2/${repository.path}/${target}`, base), own: true, publicOnly: false };
    try {
      const reply = await follow(call, start, { base, private: host.sender.private }, grant);
      if (index + 1 < bases.length && (await isTlsComplaint(reply, base))) continue;
      host.settle(base);
      return reply;
    } catch (error) {
      if (signal.aborted || bases.length === 1 || !isSchemeFailure(error, base)) throw error;
      mismatch ??= { error };
    }
  }
  throw mismatch?.error;
}

async function follow(
  call: Call,
  start: Destination,
  sender: Sender,
  grant: Grant | undefined,
): Promise<Reply> {
  const { host, method, body, target, signal } = call;
  let next = start;
  let foreign: string | undefined;
  for (let hops = 0; ; hops++) {
    const authorization = next.own ? grant?.header : foreign;
    const send = async (ended: AbortSignal): Promise<HttpResponse> =>
      await host.send({
        method,
        url: next.url,
        headers: { ...call.headers, ...(authorization === undefined ? {} : { authorization }) },
        ...(body === undefined ? {} : { body }),
        publicOnly: next.publicOnly,
        signal: ended,
      });
    const response = call.opens === true ? await lingering(signal, send) : await send(signal);
    const reply = { ...response, url: next.url };
    if (response.status === 401 && !next.own && foreign === undefined && typeof target === 'string') {
      foreign = await foreignAuthorization(host, next.url, response, signal);
      if (foreign === undefined) return reply;
      await discard(response);
      continue;
    }
    foreign = undefined;
    if (!REDIRECTS.has(response.status) || response.headers.location === undefined) return reply;
    const safe =
      method === 'GET' || method === 'HEAD' || (response.status >= 307 && typeof body !== 'function');
    if (!safe) return reply;
    await discard(response);
    if (hops === MAX_REDIRECTS) throw new DestinationError(`more than ${MAX_REDIRECTS} redirects`);
    next = destination({ ...sender, private: host.sender.private }, response.headers.location, next.url);
  }
}

/** Does work that is given up only a moment after the signal ended. */
async function lingering<T>(signal: AbortSignal, work: (ended: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const linger = (): void => void (timer = setTimeout(() => late.abort(signal.reason), LINGER));
  signal.addEventListener('abort', linger, { once: true });
  try {
    return await work(late.signal);
  } finally {
    signal.removeEventListener('abort', linger);
    clearTimeout(timer);
  }
}

/** What meets TLS on a plain port, plain HTTP on a TLS port, or the wrong one of the default ports. */
function isSchemeFailure(error: unknown, base: URL): boolean {
  const code = errorCode(error);
  if (code === 'ECONNREFUSED' || code === 'ETIMEDOUT') return base.port === '';
  return code === 'EPROTO' || code === 'ECONNRESET' || code.startsWith('HPE_') || code.startsWith('ERR_SSL');
}

/** Go's TLS servers answer plain HTTP with a 400 that says so. */
async function isTlsComplaint(reply: Reply, base: URL): Promise<boolean> {
  if (
    reply.status !== 400 ||
    base.protocol !== 'http:' ||
    reply.headers['docker-distribution-api-version'] !== undefined
  ) {
    return false;
  }
  return /HTTP request to an HTTPS server/i.test(await readErrorBody(reply));
}

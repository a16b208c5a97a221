import { MAX_ANSWER, readBody, readErrorBody } from './body.ts';
import type { Challenge } from './challenge.ts';
import { destination, type Sender } from './destination.ts';
import { formatFault, parseFaults } from './errors.ts';
import { type FailureKind, failureKind, kindOf } from './failure-kind.ts';
import type { Credential } from './keychain.ts';
import { type Outcome, persist, type PersistOptions } from './persist.ts';
import { parseRetryAfter } from '../http/index.ts';
import { judgeFailure, judgeStatus } from './retry.ts';
import type { HttpRequest, HttpResponse } from './transport.ts';

/** What a token is good for: `pull`, or `pull,push` of one repository. */
export interface Scope {
  readonly path: string;
  readonly push: boolean;
}

/** Who asks for a token: a registry's host, or one that it sent us to. */
export interface TokenBuyer {
  /** Who named the token service. */
  readonly sender: Sender;
  readonly base: URL;
  readonly throttle: PersistOptions['throttle'];
  readonly persistence: Omit<PersistOptions, 'signal'>;
  now(): number;
  send(request: TokenRequest): Promise<HttpResponse>;
}

type TokenRequest = Omit<HttpRequest, 'tls' | 'idleTimeout' | 'guard'>;

/** An access token and when it ends, in milliseconds since the epoch. */
export interface Token {
  readonly token: string;
  readonly expires: number;
  /** A new identity token that replaces the one it was bought with. */
  readonly refreshToken: string | undefined;
}

/** A token service that gave no token. */
export class TokenError extends Error {
  override name = 'TokenError';
  readonly status: number | undefined;
  readonly kind: FailureKind;
  /** Milliseconds until it may be asked again. */
  readonly retryAfter: number | undefined;

  constructor(
    service: string,
    status: number | undefined,
    reason: string,
    { retryAfter, ...options }: ErrorOptions & { readonly retryAfter?: number | undefined } = {},
  ) {
    super(`token service ${service}: ${reason}`, options);
    this.status = status;
    this.retryAfter = retryAfter;
    this.kind = retryAfter === undefined ? kindOfToken(status, options.cause) : 'rate_limited';
  }
}

/** Whatever a token service has against us, there is no token; whether the image is there it does not know. */
function kindOfToken(status: number | undefined, cause: unknown): FailureKind {
  if (status === undefined) return failureKind(cause);
  if (status === 200) return 'invalid_response';
  const kind = kindOf({ status, codes: [], pause: false });
  return kind === 'not_found' || kind === 'invalid_response' ? 'unauthorized' : kind;
}

const CLIENT_ID = 'tallyman';
const SHORTEST_LIFE = 60_000;
/** Longest token that is kept, in characters: of what is longer no server would read the header. */
const LONGEST = 16_384;
/** A token is renewed this long before it ends, so that it does not end on its way. */
const EARLY = 5000;

export function formatScope({ path, push }: Scope): string {
  return `repository:${path}:${push ? 'pull,push' : 'pull'}`;
}

/**
 * Asks the token service that a Bearer challenge names (distribution specification, "Token Authentication").
 * Throws `TokenError`, or `DestinationError` for a realm that credentials must not go to.
 */
export async function fetchToken(
  host: TokenBuyer,
  challenge: Challenge,
  credential: Credential,
  scopes: readonly Scope[],
  signal: AbortSignal,
): Promise<Token> {
  if (credential.kind === 'identity-token') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      service: challenge.parameters.service ?? '',
      client_id: CLIENT_ID,
      scope: scopes.map(formatScope).join(' '),
      refresh_token: credential.token,
    });
    try {
      return await ask(host, challenge, new URLSearchParams(), {}, form, signal);
    } catch (error) {
      // Older services know only GET, with the identity token as the password of nobody.
      if (!(error instanceof TokenError) || ![401, 404, 405].includes(error.status ?? 0)) throw error;
    }
  }
  const query = new URLSearchParams();
  if (challenge.parameters.service !== undefined) query.append('service', challenge.parameters.service);
  for (const scope of scopes) query.append('scope', formatScope(scope));
  query.append('client_id', CLIENT_ID);
  if (credential.kind === 'basic') query.append('account', credential.username);
  return await ask(host, challenge, query, basicHeader(credential), undefined, signal);
}

/** The header that shows user and password to a registry or a token service; empty where there are none. */
export function basicHeader(credential: Credential): Record<string, string> {
  if (credential.kind === 'anonymous' || credential.kind === 'registry-token') return {};
  const pair =
    credential.kind === 'basic'
      ? `${credential.username}:${credential.password}`
      : `<token>:${credential.token}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

async function ask(
  host: TokenBuyer,
  challenge: Challenge,
  query: URLSearchParams,
  headers: Readonly<Record<string, string>>,
  form: URLSearchParams | undefined,
  signal: AbortSignal,
): Promise<Token> {
  const { url, publicOnly } = destination(host.sender, challenge.parameters.realm ?? '', host.base);
  for (const [name, value] of query) url.searchParams.append(name, value);
  const attempt = async (): Promise<Outcome<Token>> => {
    const release = await host.throttle.acquire(signal);
    try {
      const response = await host.send({
        method: form ? 'POST' : 'GET',
        url,
        headers: { ...headers, ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) },
        ...(form ? { body: Buffer.from(form.toString()) } : {}),
        publicOnly,
        signal,
      });
      if (response.status === 200) {
        return {
          kind: 'done',
          value: readToken((await readBody(response, MAX_ANSWER)).toString(), url.host, host.now()),
        };
      }
      const faults = parseFaults(await readErrorBody(response));
      const words = faults.map(formatFault).join(', ');
      const refusal = (rest?: number): TokenError =>
        new TokenError(url.host, response.status, words || 'no token', { retryAfter: rest });
      const retryAfter = parseRetryAfter(response.headers['retry-after'], host.now());
      const codes = faults.map(({ code }) => code);
      const verdict = judgeStatus(response.status, codes, retryAfter !== undefined);
      if (verdict === 'again') return { kind: 'again', error: refusal() };
      if (verdict === 'pause') return { kind: 'pause', retryAfter, error: refusal };
      throw refusal();
    } catch (cause) {
      if (cause instanceof TokenError || signal.aborted || judgeFailure(cause) === 'final') throw cause;
      return { kind: 'again', error: new TokenError(url.host, undefined, 'no answer', { cause }) };
    } finally {
      release();
    }
  };
  return await persist(attempt, { ...host.persistence, signal });
}

function readToken(body: string, service: string, now: number): Token {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (cause) {
    throw new TokenError(service, 200, 'the answer is not JSON', { cause });
  }
  const field = (name: string): unknown =>
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined;
  const token = [field('token'), field('access_token')].find(
    (value) => typeof value === 'string' && value !== '',
  );
  if (typeof token !== 'string') throw new TokenError(service, 200, 'the answer has no token');
  if (token.length > LONGEST || !/^[\x20-\x7e]+$/.test(token)) {
    throw new TokenError(service, 200, 'the answer has a token that cannot be sent');
  }
  const seconds = Number(field('expires_in') ?? 0);
  const life = Math.max(SHORTEST_LIFE, Number.isFinite(seconds) ? seconds * 1000 : 0);
  const refreshToken = field('refresh_token');
  return {
    token,
    expires: start(field('issued_at'), now) + life - EARLY,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : undefined,
  };
}

/** A clock that disagrees with ours by minutes says nothing about when the token was made. */
function start(issuedAt: unknown, now: number): number {
  const issued = typeof issuedAt === 'string' ? Date.parse(issuedAt) : Number.NaN;
  return issued <= now && issued > now - SHORTEST_LIFE ? issued : now;
}

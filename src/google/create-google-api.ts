import { CredentialError, type GoogleTokens, googleTokens } from '../credentials/index.ts';
import { type Clock, type Environment, parseRetryAfter, Slots, systemClock } from '../http/index.ts';
import { readGoogleAnswer } from './google-answer.ts';
import { type GoogleApi, GoogleError, type GoogleRequest } from './google-api.ts';
import { judge, Patience } from './google-retry.ts';
import { type HttpsAnswer, type HttpsTransport, httpsTransport } from './google-transport.ts';

export interface GoogleApiOptions {
  /** Where credentials and proxies are named. */
  readonly environment: Environment;
  readonly clock?: Clock;
  /** From 0 to below 1. */
  readonly random?: () => number;
  /** Requests at a time. */
  readonly atOnce?: number;
  readonly tokens?: GoogleTokens;
  readonly transport?: HttpsTransport;
}

const AT_ONCE = 64;
const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.googleapis\.com$/;

/**
 * Google's APIs with Application Default Credentials. Nothing is read, asked or connected to before the first call.
 * Quotas that are used up are waited for, minutes if need be, and passing trouble has a few tries; a request that is
 * not `repeatable` is sent again only when it was surely not acted on.
 */
export function createGoogleApi({
  environment,
  clock = systemClock,
  random = Math.random,
  atOnce = AT_ONCE,
  tokens = googleTokens({ environment, clock, random }),
  transport = httpsTransport({ environment, atOnce }),
}: GoogleApiOptions): GoogleApi {
  const slots = new Slots(atOnce);
  return {
    call: async (request, signal) => {
      const { url, repeatable = true } = request;
      checkAddress(url);
      const patience = new Patience({ random, now: () => clock.now(), repeatable });
      for (;;) {
        const attempt = new Attempt(request, transport);
        try {
          return await slots.use(signal, async () => await attempt.run(tokens, signal));
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof CredentialError)
            throw new GoogleError(`${url.host}: ${error.message}`, { cause: error });
          const verdict = judge(error);
          const pause = patience.pause(verdict, attempt.asked(clock.now()));
          if (pause === undefined) throw failure(url, error);
          if (verdict === 'token') attempt.refuseToken(tokens);
          // Who waits for a quota holds up nobody else.
          if (pause > 0) await rest(clock, pause, signal);
        }
      }
    },
  };
}

/** One try of a request. */
class Attempt {
  readonly #request: GoogleRequest;
  readonly #transport: HttpsTransport;
  #token: string | undefined;
  #answer: HttpsAnswer | undefined;

  constructor(request: GoogleRequest, transport: HttpsTransport) {
    this.#request = request;
    this.#transport = transport;
  }

  async run(tokens: GoogleTokens, signal: AbortSignal): Promise<unknown> {
    const { method, url, body } = this.#request;
    const { token, quotaProject } = await tokens.token(signal);
    this.#token = token;
    this.#answer = await this.#transport(
      {
        method,
        url,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          ...(quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      },
      signal,
    );
    return readGoogleAnswer(url.host, this.#answer);
  }

  /** How long the server wants to be left alone, in milliseconds. */
  asked(now: number): number | undefined {
    return parseRetryAfter(this.#answer?.retryAfter, now);
  }

  refuseToken(tokens: GoogleTokens): void {
    if (this.#token !== undefined) tokens.refused(this.#token);
  }
}

async function rest(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch (error) {
    // Timers of Node have an error of their own for it.
    signal.throwIfAborted();
    throw error;
  }
}

/** The token goes there. */
function checkAddress({ protocol, host, username, password, href }: URL): void {
  if (protocol === 'https:' && HOST.test(host) && username === '' && password === '') return;
  throw new GoogleError(`${href} is no address of Google's APIs`);
}

function failure(url: URL, error: unknown): GoogleError {
  if (error instanceof GoogleError) return error;
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const words = error instanceof Error && error.message !== '' ? error.message : String(code ?? error);
  return new GoogleError(`${url.host}: ${words}`, { cause: error });
}

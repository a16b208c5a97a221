import { answerGoogleCall, type GoogleHandlers } from '../testing/index.ts';
import type { GoogleApi, GoogleRequest } from './google-api.ts';
import { readGoogleAnswer } from './google-answer.ts';

/** A Google API for tests that asks the handlers of doubles directly: one try each, without tokens. */
export class FakeGoogleApi implements GoogleApi {
  readonly #handlers: GoogleHandlers;
  /** Every request: `POST https://cloudkms.googleapis.com/v1/…`. */
  readonly calls: string[] = [];

  constructor(handlers: GoogleHandlers) {
    this.#handlers = handlers;
  }

  async call({ method, url, body }: GoogleRequest, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    this.calls.push(`${method} ${url.href}`);
    const reply = await answerGoogleCall(this.#handlers, {
      method,
      host: url.host,
      url,
      headers: new Map([['authorization', 'Bearer fake']]),
      // What crosses the wire: no undefined members, no instances.
      body: body === undefined ? undefined : JSON.parse(JSON.stringify(body)),
    });
    signal.throwIfAborted();
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
    return readGoogleAnswer(url.host, { status: reply.status, text });
  }
}

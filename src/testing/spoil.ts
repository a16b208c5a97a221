import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, bodyPieces, bodySize, emptyAnswer, errorAnswer } from './answer.ts';
import type { BlobSource } from './blob-source.ts';
import type { FaultAction } from './faults.ts';
import { Refusal } from './refusal.ts';

/** Waits; rejects when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** The connection was cut by a fault: there is nobody left to answer. */
export class Cut extends Error {
  override name = 'Cut';
}

/** Does what faults do before a request is handled; an answer means that it is not handled at all. */
export async function spoilRequest(
  actions: readonly FaultAction[],
  request: IncomingMessage,
  { sleep, signal }: { readonly sleep: Sleep; readonly signal: AbortSignal },
): Promise<Answer | undefined> {
  for (const action of actions) {
    switch (action.kind) {
      case 'delay':
        await sleep(action.ms, signal);
        break;
      case 'hang':
        await aborted(signal);
        throw new Cut();
      case 'status': {
        const { status, headers = {}, code, message = 'scripted fault' } = action;
        if (code === undefined) return emptyAnswer(status, headers);
        return errorAnswer(new Refusal(code, message, { status, headers }));
      }
      case 'redirect':
        return emptyAnswer(action.status ?? 307, { Location: action.to });
      case 'cut-request':
        if (action.afterBytes === 0) {
          request.socket.destroy();
          throw new Cut();
        }
        break;
      default:
    }
  }
  return undefined;
}

/** The body of a request, cut where a fault says so. */
export async function* requestBody(
  actions: readonly FaultAction[],
  request: IncomingMessage,
): AsyncGenerator<Uint8Array> {
  const cut = actions.find((action) => action.kind === 'cut-request');
  let left = cut?.afterBytes ?? Number.POSITIVE_INFINITY;
  // Whoever stops reading early still wants to answer on this connection.
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    if (!(piece instanceof Uint8Array)) throw new TypeError('the request is read as text');
    yield left >= piece.length ? piece : piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) {
      request.socket.destroy();
      throw new Cut();
    }
  }
}

/** Spoils an answer's headers and bytes. */
export function spoilAnswer(actions: readonly FaultAction[], answer: Answer): Answer {
  let spoiled = answer;
  for (const action of actions) {
    if (action.kind === 'headers')
      spoiled = { ...spoiled, headers: withHeaders(spoiled.headers, action.set) };
    if (action.kind === 'no-length') {
      spoiled = { ...spoiled, headers: withHeaders(spoiled.headers, { 'Content-Length': undefined }) };
    }
    if (action.kind === 'corrupt') spoiled = { ...spoiled, body: corrupted(spoiled, action.at) };
  }
  return spoiled;
}

/** Sends an answer at the speed of the client, and cuts it where a fault says so. */
export async function sendAnswer(
  actions: readonly FaultAction[],
  answer: Answer,
  response: ServerResponse,
): Promise<void> {
  const cut = actions.find((action) => action.kind === 'cut-response');
  if (cut && cut.afterBytes === undefined) {
    response.destroy();
    return;
  }
  let left = cut?.afterBytes ?? Number.POSITIVE_INFINITY;
  response.writeHead(answer.status, answer.headers);
  if (response.req.method !== 'HEAD') {
    for (const piece of bodyPieces(answer)) {
      if (left <= 0 || response.destroyed) break;
      if (!response.write(left >= piece.length ? piece : piece.subarray(0, left))) await drained(response);
      left -= piece.length;
    }
  }
  if (left > 0) {
    response.end();
    return;
  }
  // What was written must reach the client before the end does.
  response.flushHeaders();
  response.socket?.destroySoon();
}

function withHeaders(
  headers: Readonly<Record<string, string>>,
  set: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const names = new Set(Object.keys(set).map((name) => name.toLowerCase()));
  const result = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase())),
  );
  for (const [name, value] of Object.entries(set)) if (value !== undefined) result[name] = value;
  return result;
}

function corrupted(answer: Answer, at: number): Answer['body'] {
  const size = bodySize(answer);
  const source: BlobSource = {
    size,
    *read(_start, end) {
      let position = 0;
      for (const piece of bodyPieces(answer)) {
        const inPiece = at - position;
        position += piece.length;
        if (inPiece < 0 || inPiece >= piece.length || at >= end) {
          yield piece;
          continue;
        }
        const copy = Uint8Array.from(piece);
        copy[inPiece] = (copy[inPiece] ?? 0) ^ 1;
        yield copy;
      }
    },
  };
  return { source, start: 0, end: size };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

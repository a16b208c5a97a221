import type { BlobSource } from './blob-source.ts';
import { Refusal } from './refusal.ts';

/** Part of a blob, `end` not included. */
export interface Slice {
  readonly source: BlobSource;
  readonly start: number;
  readonly end: number;
}

/** An HTTP answer as a value, so that handlers decide and faults can spoil it before anything is sent. */
export interface Answer {
  readonly status: number;
  /** Names in the spelling they are sent in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | Slice;
}

const NOTHING = new Uint8Array();

export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  // RFC 9110, section 8.6: 204 has no Content-Length, and that of 304 would be the content's.
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': '0' };
  return { status, headers: { ...headers, ...length }, body: NOTHING };
}

export function bytesAnswer(
  status: number,
  contentType: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { ...headers, 'Content-Type': contentType, 'Content-Length': String(body.length) },
    body,
  };
}

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
  contentType = 'application/json',
): Answer {
  return bytesAnswer(status, contentType, Buffer.from(JSON.stringify(value)), headers);
}

/** The error body of the specification: `{"errors":[{"code","message","detail"}]}`. */
export function errorAnswer(error: unknown): Answer {
  const refusal = error instanceof Refusal ? error : new Refusal('UNKNOWN', String(error));
  const { code, message, detail } = refusal;
  return jsonAnswer(refusal.status, { errors: [{ code, message, detail }] }, refusal.headers);
}

/** The bytes of an answer's body, piece by piece. */
export function bodyPieces({ body }: Answer): Iterable<Uint8Array> {
  return body instanceof Uint8Array ? [body] : body.source.read(body.start, body.end);
}

export function bodySize({ body }: Answer): number {
  return body instanceof Uint8Array ? body.length : body.end - body.start;
}

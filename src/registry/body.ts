import { ContentError } from './errors.ts';
import { Lane, type Release } from './lane.ts';
import type { HttpResponse } from './transport.ts';

/** Longest error or token answer that is read, in bytes. */
export const MAX_ANSWER = 64 * 1024;
/** Longest manifest that is read, in bytes; the OCI distribution specification wants 4 MiB accepted. */
export const MAX_MANIFEST = 8 * 1024 * 1024;
/** Longest page of a list of tags or referrers that is read, in bytes. */
export const MAX_PAGE = 16 * 1024 * 1024;

/** What is read whole is held whole: of bodies longer than this, in bytes, only a few are read at a time. */
const LARGE = 256 * 1024;
const LARGE_AT_ONCE = 2;

/** Places for large bodies, shared by all hosts of a client: however many registries send much, it is read in turn. */
export function placesForLargeBodies(): Lane {
  return new Lane(LARGE_AT_ONCE, () => 0);
}

/** Where a large body waits for its turn, and until when. */
export interface Turn {
  readonly places: Lane;
  readonly signal: AbortSignal;
}

/**
 * Reads a whole body; throws `ContentError` when it is longer than `limit` bytes. A limit that makes large bodies
 * possible needs a turn.
 */
export async function readBody(response: HttpResponse, limit: number, turn?: Turn): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  let release: Release | undefined;
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      if (length > limit) throw new ContentError(`the answer is longer than ${limit} bytes`);
      chunks.push(chunk);
      if (turn && !release && length > LARGE) release = await turn.places.acquire(length, turn.signal);
    }
    return Buffer.concat(chunks, length);
  } finally {
    release?.();
  }
}

/** Reads what an error answer says, at most `MAX_ANSWER` bytes of it; never throws. */
export async function readErrorBody(response: HttpResponse): Promise<string> {
  try {
    return (await readBody(response, MAX_ANSWER)).toString('utf8');
  } catch {
    response.body.destroy();
    return '';
  }
}

/**
 * Lets an answer go whose body nobody wants, so that its connection is free again;
 * it is when the promise resolves, which never rejects.
 */
export async function discard(response: HttpResponse): Promise<void> {
  const { body } = response;
  if (body.closed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  // A connection that breaks after the answer is known changes nothing.
  body.on('error', () => resolve()).on('close', () => resolve());
  body.resume();
  await promise;
}

import { ContentError } from './errors.ts';
import type { HttpResponse } from './transport.ts';

/** Longest error or token answer that is read, in bytes. */
export const MAX_ANSWER = 64 * 1024;
/** Longest manifest that is read, in bytes; the OCI distribution specification wants 4 MiB accepted. */
export const MAX_MANIFEST = 8 * 1024 * 1024;
/** Longest page of a list of tags or referrers that is read, in bytes. */
export const MAX_PAGE = 16 * 1024 * 1024;

/** Reads a whole body; throws `ContentError` when it is longer than `limit` bytes. */
export async function readBody(response: HttpResponse, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > limit) throw new ContentError(`the answer is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
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

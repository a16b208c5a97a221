import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Digest } from '../oci/index.ts';
import { discard } from './body.ts';
import type { Destination } from './destination.ts';
import { exchange, locate } from './exchange.ts';
import type { Origin } from './origin.ts';
import type { BlobDescriptor } from './pull.ts';

/** A blob's content: whole, or read from its start, again for every upload session. */
export type BlobContent = Uint8Array | ((signal: AbortSignal) => AsyncIterable<Uint8Array>);

const CANCEL_TIME = 2000;

/** Begins an upload session; where its content goes. Throws `RegistryError`. */
export async function startUpload(
  target: Origin,
  { digest }: BlobDescriptor,
  signal: AbortSignal,
): Promise<Destination> {
  const call = { ...target, operation: `start the upload of blob ${digest}` };
  const answer = await exchange({
    ...call,
    method: 'POST',
    target: 'blobs/uploads/',
    push: true,
    expect: [201, 202],
    signal,
  });
  await discard(answer);
  return locate(call, answer);
}

/** Sends a whole blob into a session, its length told beforehand. Throws `RegistryError`. */
export async function uploadWhole(
  target: Origin,
  { digest, size }: BlobDescriptor,
  session: Destination,
  content: BlobContent,
  { onBytes, signal }: { readonly onBytes: (bytes: number) => void; readonly signal: AbortSignal },
): Promise<void> {
  const answer = await exchange({
    ...target,
    operation: `push blob ${digest}`,
    method: 'PUT',
    target: withDigest(session, digest),
    push: true,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    body:
      content instanceof Uint8Array ? content : (out, unread) => write(out, content(signal), onBytes, unread),
    expect: [201, 204],
    repeatable: false,
    signal,
  });
  await discard(answer);
  if (content instanceof Uint8Array) onBytes(size);
}

/** Adds the digest to a session's URL and leaves every other byte of its query alone: it may be signed. */
export function withDigest(session: Destination, digest: Digest): Destination {
  const { href, search } = session.url;
  return { ...session, url: new URL(`${href}${search === '' ? '?' : '&'}digest=${digest}`) };
}

async function write(
  out: Writable,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
  unread: AbortSignal,
): Promise<void> {
  for await (const chunk of chunks) {
    if (unread.aborted) return;
    if (!out.write(chunk)) await once(out, 'drain', { signal: unread });
    onBytes(chunk.byteLength);
  }
}

/** Ends a session that nobody needs any more; never throws. */
export async function cancelUpload(target: Origin, session: Destination): Promise<void> {
  try {
    const answer = await exchange({
      ...target,
      operation: 'cancel an upload',
      method: 'DELETE',
      target: session,
      push: true,
      expect: [200, 202, 204, 404, 405],
      repeatable: false,
      signal: AbortSignal.timeout(CANCEL_TIME),
    });
    await discard(answer);
  } catch {
    // A session that is not cancelled ends by itself.
  }
}

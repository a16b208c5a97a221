import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Digest } from '../oci/index.ts';
import { discard } from './body.ts';
import type { Destination } from './destination.ts';
import { type Answer, type Call, exchange, locate } from './exchange.ts';
import type { Origin } from './origin.ts';
import type { BlobDescriptor } from './pull.ts';

/** A blob's content: whole, or read from its start, again for every upload session. */
export type BlobContent = Uint8Array | ((signal: AbortSignal) => AsyncIterable<Uint8Array>);

/** Where the content of an upload goes. */
export interface UploadSession extends Destination {
  /** What the registry wants at least of each piece but the last, in bytes. */
  readonly smallestPiece: number;
}

const CANCEL_TIME = 2000;
/** Bytes of an upload that are held for a connection that takes them slowly. */
const IN_FLIGHT = 512 * 1024;

/** How uploads are called in errors; a failure of the source has another name. */
export function uploadOf({ digest }: BlobDescriptor): string {
  return `push blob ${digest}`;
}

/** The session that an answer opened or moved on. Throws `RegistryError`. */
export function sessionOf(
  call: Pick<Call, 'host' | 'repository' | 'operation'>,
  answer: Answer,
): UploadSession {
  const smallest = Number(answer.headers['oci-chunk-min-length'] ?? 0);
  return { ...locate(call, answer), smallestPiece: Number.isSafeInteger(smallest) ? smallest : 0 };
}

/** Begins an upload session. Throws `RegistryError`. */
export async function startUpload(
  target: Origin,
  { digest }: BlobDescriptor,
  signal: AbortSignal,
): Promise<UploadSession> {
  const call = { ...target, operation: `start the upload of blob ${digest}` };
  const answer = await exchange({
    ...call,
    method: 'POST',
    target: 'blobs/uploads/',
    push: true,
    expect: [202],
    opens: true,
    signal,
  });
  await discard(answer);
  return await openedSession(call, answer, signal);
}

/** The session that an answer began, closed again where nobody wants it any more. Throws the signal's reason. */
export async function openedSession(
  call: Origin & Pick<Call, 'operation'>,
  answer: Answer,
  signal: AbortSignal,
): Promise<UploadSession> {
  const session = sessionOf(call, answer);
  if (signal.aborted) await cancelUpload(call, session);
  signal.throwIfAborted();
  return session;
}

/** Sends a whole blob into a session, its length told beforehand. Throws `RegistryError`. */
export async function uploadWhole(
  target: Origin,
  blob: BlobDescriptor,
  session: UploadSession,
  content: BlobContent,
  { onBytes, signal }: { readonly onBytes: (bytes: number) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { digest, size } = blob;
  const answer = await exchange({
    ...target,
    operation: uploadOf(blob),
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
    // What waits is sent in one go; a wait after every chunk would cost a system call for each.
    if (!out.write(chunk) && out.writableLength >= IN_FLIGHT) await once(out, 'drain', { signal: unread });
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

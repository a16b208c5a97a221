import { discard } from './body.ts';
import { RegistryError } from './errors.ts';
import { exchange, locate } from './exchange.ts';
import type { Origin } from './origin.ts';
import type { BlobDescriptor } from './pull.ts';
import { backOff } from './retry.ts';
import { type BlobContent, sessionOf, uploadOf, type UploadSession, withDigest } from './upload.ts';

/** ECR takes no smaller pieces than 5 MiB, proxies often none above 100 MB; this many are held in memory. */
const PIECE = 16 * 1024 * 1024;
/** A registry that wants larger pieces than this would have us hold them in memory. */
const LARGEST_PIECE = 64 * 1024 * 1024;

type UploadCall = Origin & { readonly operation: string };

/**
 * Uploads a blob in pieces by PATCH and closes with PUT (distribution specification, "Pushing a blob in chunks").
 * After a piece that broke off only what the registry says it does not have is sent again. Throws `RegistryError`.
 */
export async function uploadChunked(
  target: Origin,
  blob: BlobDescriptor,
  session: UploadSession,
  content: BlobContent,
  { onBytes, signal }: { readonly onBytes: (bytes: number) => void; readonly signal: AbortSignal },
): Promise<void> {
  const call = { ...target, operation: uploadOf(blob) };
  const size = Math.max(PIECE, Math.min(session.smallestPiece, LARGEST_PIECE));
  let location = session;
  let offset = 0;
  for await (const piece of pieces(content instanceof Uint8Array ? [content] : content(signal), size)) {
    location = await sendPiece(call, location, piece, offset, signal);
    offset += piece.byteLength;
    onBytes(piece.byteLength);
  }
  const answer = await exchange({
    ...call,
    method: 'PUT',
    target: withDigest(location, blob.digest),
    push: true,
    body: new Uint8Array(),
    expect: [201, 204],
    repeatable: false,
    signal,
  });
  await discard(answer);
}

async function sendPiece(
  call: UploadCall,
  start: UploadSession,
  piece: Uint8Array,
  offset: number,
  signal: AbortSignal,
): Promise<UploadSession> {
  const end = offset + piece.byteLength;
  let location = start;
  let from = offset;
  for (let tries = 1; ; tries++) {
    try {
      const answer = await exchange({
        ...call,
        method: 'PATCH',
        target: location,
        push: true,
        headers: { 'content-type': 'application/octet-stream', 'content-range': `${from}-${end - 1}` },
        body: piece.subarray(from - offset),
        expect: [201, 202, 204],
        repeatable: false,
        signal,
      });
      await discard(answer);
      return sessionOf(call, answer);
    } catch (error) {
      const resumable = error instanceof RegistryError && (error.status === 416 || error.verdict === 'again');
      if (signal.aborted || !resumable || tries >= call.host.persistence.pace.tries) throw error;
      await call.host.persistence.clock.sleep(backOff(tries, call.host.persistence.random), signal);
      const status = await uploadStatus(call, location, signal);
      if (!status || status.received < offset || status.received > end) throw error;
      if (status.received === end) return status.location;
      from = status.received;
      location = status.location;
    }
  }
}

/** How many bytes a session has, and where it goes on; undefined where the registry does not say. */
async function uploadStatus(
  call: UploadCall,
  location: UploadSession,
  signal: AbortSignal,
): Promise<{ readonly received: number; readonly location: UploadSession } | undefined> {
  const answer = await exchange({
    ...call,
    method: 'GET',
    target: location,
    push: true,
    expect: [202, 204, 404],
    signal,
  });
  await discard(answer);
  const last = /-(\d+)$/.exec(answer.headers.range ?? '')?.[1];
  if (answer.status === 404 || last === undefined) return undefined;
  // A session without bytes says 0-0, like one with a single byte; no piece is that short but the last.
  const received = last === '0' ? 0 : Number(last) + 1;
  const { smallestPiece } = location;
  if (answer.headers.location === undefined) return { received, location };
  return { received, location: { ...locate(call, answer), smallestPiece } };
}

async function* pieces(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
): AsyncGenerator<Buffer, void, void> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    length += chunk.byteLength;
    if (length >= size) {
      yield Buffer.concat(held, length);
      held = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(held, length);
}

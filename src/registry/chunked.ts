import { discard } from './body.ts';
import type { Destination } from './destination.ts';
import { RegistryError } from './errors.ts';
import { exchange, locate } from './exchange.ts';
import type { Origin } from './origin.ts';
import type { BlobDescriptor } from './pull.ts';
import { MAX_TRIES } from './retry.ts';
import { type BlobContent, withDigest } from './upload.ts';

/** ECR takes no smaller pieces than 5 MiB, proxies often none above 100 MB; this many are held in memory. */
const PIECE = 16 * 1024 * 1024;

/**
 * Uploads a blob in pieces by PATCH and closes with PUT (distribution specification, "Pushing a blob in chunks").
 * A piece that broke off is sent again only when the registry says that it does not have it. Throws `RegistryError`.
 */
export async function uploadChunked(
  target: Origin,
  blob: BlobDescriptor,
  session: Destination,
  content: BlobContent,
  { onBytes, signal }: { readonly onBytes: (bytes: number) => void; readonly signal: AbortSignal },
): Promise<void> {
  const call = { ...target, operation: `push blob ${blob.digest}` };
  let location = session;
  let offset = 0;
  for await (const piece of pieces(content instanceof Uint8Array ? [content] : content(signal), PIECE)) {
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
  call: Origin & { readonly operation: string },
  start: Destination,
  piece: Uint8Array,
  offset: number,
  signal: AbortSignal,
): Promise<Destination> {
  const end = offset + piece.byteLength - 1;
  let location = start;
  for (let tries = 1; ; tries++) {
    try {
      const answer = await exchange({
        ...call,
        method: 'PATCH',
        target: location,
        push: true,
        headers: { 'content-type': 'application/octet-stream', 'content-range': `${offset}-${end}` },
        body: piece,
        expect: [201, 202, 204],
        repeatable: false,
        signal,
      });
      await discard(answer);
      return locate(call, answer);
    } catch (error) {
      if (signal.aborted || !(error instanceof RegistryError) || tries >= MAX_TRIES) throw error;
      const status = await uploadStatus(call, location, signal);
      if (status?.received === end + 1) return status.location;
      if (status?.received !== offset) throw error;
      location = status.location;
    }
  }
}

async function uploadStatus(
  call: Origin & { readonly operation: string },
  location: Destination,
  signal: AbortSignal,
): Promise<{ readonly received: number; readonly location: Destination } | undefined> {
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
  // A session without bytes says 0-0, like one with a single byte; pieces are longer than that.
  const received = last === '0' ? 0 : Number(last) + 1;
  return { received, location: answer.headers.location === undefined ? location : locate(call, answer) };
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

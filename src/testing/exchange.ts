import type { IncomingHttpHeaders } from 'node:http';
import type { Features } from './features.ts';
import { Refusal } from './refusal.ts';
import type { Route } from './route.ts';
import type { RegistryStore } from './store.ts';

/** One request as the handlers see it. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly route: Route;
  readonly headers: IncomingHttpHeaders;
  /** `http://host:port` as the client called it. */
  readonly origin: string;
  /** The request's body; it can be read once. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** What the handlers share. */
export interface Registry {
  readonly store: RegistryStore;
  readonly features: Features;
}

/** Reads a whole body; throws `Refusal` with 413 above `limit` bytes. */
export async function readBody({ body }: Exchange, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > limit) throw new Refusal('SIZE_INVALID', `body is above ${limit} bytes`, { status: 413 });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** What a registry says to a method it has not. */
export function methodRefused(): Refusal {
  return new Refusal('UNSUPPORTED', 'The operation is unsupported.');
}

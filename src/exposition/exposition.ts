import { setImmediate } from 'node:timers/promises';
import { byName } from './family.ts';
import { type Format, renderHeader } from './rendering.ts';
import type { Section } from './section.ts';

/** The text of a scrape. */
export interface Exposition {
  /** In bytes. */
  readonly length: number;
  /**
   * Hands the text over piece by piece. A piece may be used until its promise settles: the next one lies in the
   * same memory.
   */
  writeTo(write: (piece: Uint8Array) => Promise<void>): Promise<void>;
}

/** Bytes that are handed over at once. */
const PIECE = 65_536;
/** Pieces after which others get their turn on the event loop, even if nobody has to be waited for. */
const TURN = 8;

/** Puts sections together, sorted by name; families without lines are left out. */
export function exposition(sections: readonly Section[], format: Format): Exposition {
  const texts: string[] = [];
  for (const { family, blocks } of sections.toSorted((a, b) => byName(a.family, b.family))) {
    if (blocks.length === 0) continue;
    texts.push(renderHeader(family, format));
    for (const block of blocks) texts.push(block);
  }
  if (format === 'openmetrics') texts.push('# EOF\n');
  let length = 0;
  for (const text of texts) length += text.length;
  return { length, writeTo: (write) => writePieces(texts, write) };
}

async function writePieces(
  texts: readonly string[],
  write: (piece: Uint8Array) => Promise<void>,
): Promise<void> {
  // Not of the pool, where small buffers would share it.
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  let used = 0;
  let pieces = 0;
  for (const text of texts) {
    for (let from = 0; from < text.length; ) {
      if (used === PIECE) {
        await write(buffer);
        used = 0;
        pieces += 1;
        if (pieces % TURN === 0) await setImmediate();
      }
      const rest = from === 0 ? text : text.slice(from);
      const written = buffer.write(rest, used, 'latin1');
      used += written;
      from += written;
    }
  }
  if (used > 0) await write(buffer.subarray(0, used));
}

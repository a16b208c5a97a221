import { noise } from './noise.ts';

/** Where the bytes of a blob come from; `size` in bytes. */
export interface BlobSource {
  readonly size: number;
  /** The bytes from `start` up to, but not including, `end`. */
  read(start: number, end: number): Iterable<Uint8Array>;
}

const BLOCK = 1 << 20;
const STAMP = 8;

/** A blob that lies in memory. */
export function bytesSource(bytes: Uint8Array): BlobSource {
  return {
    size: bytes.length,
    *read(start, end) {
      for (let at = start; at < end; at += BLOCK) yield bytes.subarray(at, Math.min(at + BLOCK, end));
    },
  };
}

/**
 * A blob of any size that takes one mebibyte of memory: a block of noise over and over, each with its
 * number in front, so that no two blocks are alike.
 */
export function generatedSource(seed: number, size: number): BlobSource {
  const block = noise(seed, BLOCK);
  return {
    size,
    *read(start, end) {
      let at = start;
      while (at < end) {
        const inBlock = at % BLOCK;
        const inStamp = inBlock < STAMP;
        const source = inStamp ? stamp(Math.floor(at / BLOCK)) : block;
        const piece = source.subarray(inBlock, Math.min(inStamp ? STAMP : BLOCK, inBlock + end - at));
        yield piece;
        at += piece.length;
      }
    },
  };
}

function stamp(number: number): Uint8Array {
  const bytes = new Uint8Array(STAMP);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

import { crc32 } from 'node:zlib';

export interface TarFile {
  /** At most 100 bytes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const RECORD = 512;
const STORED_BLOCK = 65_535;

/** A POSIX ustar archive; the same files give the same bytes. */
export function tarOf(files: readonly TarFile[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { name, bytes } of files) {
    parts.push(header(name, bytes.length), bytes);
    parts.push(new Uint8Array((RECORD - (bytes.length % RECORD)) % RECORD));
  }
  parts.push(new Uint8Array(2 * RECORD));
  return Buffer.concat(parts);
}

/**
 * Gzip without compression: unlike a compressor's, its bytes are the same on every machine and in every
 * version of zlib, and so are the digests (RFC 1951, section 3.2.4; RFC 1952).
 */
export function gzipStored(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)];
  for (let at = 0; at === 0 || at < bytes.length; at += STORED_BLOCK) {
    const piece = bytes.subarray(at, at + STORED_BLOCK);
    const head = Buffer.alloc(5);
    head.writeUInt8(at + STORED_BLOCK >= bytes.length ? 1 : 0, 0);
    head.writeUInt16LE(piece.length, 1);
    head.writeUInt16LE(~piece.length & 0xffff, 3);
    parts.push(head, piece);
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeUInt32LE(bytes.length % 2 ** 32, 4);
  parts.push(tail);
  return Buffer.concat(parts);
}

function header(name: string, size: number): Uint8Array {
  const bytes = Buffer.alloc(RECORD);
  bytes.write(name, 0, 100);
  bytes.write('0000644\0', 100);
  bytes.write('0000000\0', 108);
  bytes.write('0000000\0', 116);
  bytes.write(`${octal(size, 11)}\0`, 124);
  bytes.write(`${octal(0, 11)}\0`, 136);
  bytes.write('        0', 148);
  bytes.write('ustar\x0000', 257);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${octal(sum, 6)}\0 `, 148);
  return bytes;
}

function octal(number: number, width: number): string {
  return number.toString(8).padStart(width, '0');
}

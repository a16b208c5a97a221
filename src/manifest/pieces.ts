import { isAscii, isUtf8 } from 'node:buffer';
import { ManifestError } from './errors.ts';
import { codePoints } from './lines.ts';

/** A file as it was read. */
export interface ManifestFile {
  /** As errors show it: a path, or `<stdin>`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A part of a file that holds whole documents. */
export interface Piece {
  readonly text: string;
  /** Where it begins in the file, in bytes. */
  readonly start: number;
  readonly ascii: boolean;
}

const LINE_FEED = 0x0a;
const PERCENT = 0x25;
const BYTE_ORDER_MARK = '\uFEFF';
const BYTE_ORDER_MARK_LENGTH = Buffer.byteLength(BYTE_ORDER_MARK);

/**
 * Cuts a file before its `---` lines, so that a long stream is never held as events at once; throws ManifestError if it
 * is not UTF-8. YAML allows such a line nowhere within a document, but what stands before it can belong to the next
 * one: a file with directives, or with a byte order mark past its beginning, stays in one piece.
 */
export function* filePieces(file: ManifestFile): Generator<Piece> {
  const { buffer, byteOffset, byteLength } = file.bytes;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  checkEncoding(file.name, bytes);
  const ascii = isAscii(bytes);
  const whole =
    bytes.includes('\n%') ||
    bytes[bytes.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK_LENGTH : 0] === PERCENT ||
    (!ascii && bytes.includes(BYTE_ORDER_MARK, 1));
  let start = 0;
  while (start < byteLength) {
    const end = whole ? byteLength : nextMarker(bytes, start);
    // Most files are ASCII, for which Latin-1 is the same and the quickest to read.
    yield { text: bytes.toString(ascii ? 'latin1' : 'utf8', start, end), start, ascii };
    start = end;
  }
}

function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf('\n---', from); at >= 0; at = bytes.indexOf('\n---', at + 1)) {
    const following = bytes[at + 4];
    if (following === undefined || ' \t\r\n'.includes(String.fromCharCode(following))) return at + 1;
  }
  return bytes.length;
}

function checkEncoding(file: string, bytes: Buffer): void {
  const place = { file, document: 1, line: 1, column: 1 };
  if (/^(?:\xFF\xFE|\xFE\xFF|\0|[^\0]\0)/.test(bytes.toString('latin1', 0, 2))) {
    throw new ManifestError(place, 'the file is UTF-16 or UTF-32; manifests must be UTF-8');
  }
  if (isUtf8(bytes)) return;
  let start = 0;
  for (let line = 1; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    const text = bytes.subarray(start, end);
    if (!isUtf8(text)) {
      const fault = firstDifference(text, Buffer.from(text.toString('utf8')));
      const column = codePoints(text.toString('utf8', 0, fault)) + 1;
      const byte = (text[fault] ?? 0).toString(16).padStart(2, '0');
      throw new ManifestError({ ...place, line, column }, `the byte 0x${byte} is not UTF-8`);
    }
    start = end;
  }
}

function firstDifference(left: Buffer, right: Buffer): number {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return at;
}

import { jsonValues } from '../yaml/index.ts';

const MARKER = Buffer.from('---\n');
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * Puts files one after another as one stream, such that kubectl reads the objects of all of them; a single file
 * stays as it is. kubectl takes a stream that begins with `{` for JSON up to its end, and of several JSON values
 * in a YAML document it reads only the first.
 */
export function joinManifests(files: readonly Uint8Array[]): Uint8Array {
  const filled = files.filter((file) => file.byteLength > 0);
  const [only] = filled;
  if (only && filled.length === 1) return only;
  const contents = filled.map(withoutMark);
  const streams = contents.map((content) => (beginsAsJson(content) ? cutValues(content) : undefined));
  const allJson = streams.every((values) => values !== undefined);
  const parts: Uint8Array[] = [];
  for (const [index, content] of contents.entries()) {
    const documents = allJson ? [content] : (streams[index] ?? [content]);
    for (const document of documents) {
      const first = parts.length === 0;
      if (!first && parts.at(-1)?.at(-1) !== NEWLINE) parts.push(Buffer.from('\n'));
      if (!allJson) parts.push(separatorBefore(document, first));
      parts.push(document);
    }
  }
  return Buffer.concat(parts);
}

/** A stream of JSON values, cut after each of them; the pieces together are the whole. Undefined for anything else. */
function cutValues(stream: Buffer): readonly Buffer[] | undefined {
  const text = stream.toString('utf8');
  const values = jsonValues(text);
  if (!values?.every(({ valid }) => valid)) return undefined;
  const ends = values.map(({ end }) => end);
  // What is left, white space if all is well, belongs to the last value.
  ends[ends.length - 1] = text.length;
  return ends.map((end, index) => Buffer.from(text.slice(ends[index - 1] ?? 0, end)));
}

/** A byte order mark is for the beginning of a file, which is no longer there. */
function withoutMark(file: Uint8Array): Buffer {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  return bytes.indexOf(BYTE_ORDER_MARK) === 0 ? bytes.subarray(BYTE_ORDER_MARK.byteLength) : bytes;
}

/** Nothing before a document that brings its own marker; directives need the end of the document before them. */
function separatorBefore(document: Buffer, first: boolean): Uint8Array {
  if (first) return beginsAsJson(document) ? MARKER : Buffer.alloc(0);
  const start = document.toString('latin1', 0, 4);
  if (/^---[ \t\r\n]/.test(start)) return Buffer.alloc(0);
  return start.startsWith('%') ? Buffer.from('...\n') : MARKER;
}

function beginsAsJson(content: Buffer): boolean {
  return /^\s*\{/.test(content.toString('latin1', 0, 4096));
}

import { ContentError } from './content-error.ts';
const NEWLINE = 0x0a;

/** More than the largest object that an API server stores can become as JSON, in bytes. */
const MAX_LINE = 16 * 1024 * 1024;

/** Cuts a stream of bytes into lines. Bytes become text a whole line at a time, so that no character is ever cut. */
export class LineSplitter {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #length = 0;

  /** No line may be longer than `limit` bytes. */
  constructor(limit: number = MAX_LINE) {
    this.#limit = limit;
  }

  /** The lines that end in a chunk, without their ends; must be read to the last. Throws `ContentError`. */
  *push(chunk: Buffer): Generator<string, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#take(chunk, start, end);
      start = end + 1;
      yield line;
    }
    if (start < chunk.length) this.#keep(start === 0 ? chunk : chunk.subarray(start));
  }

  #take(chunk: Buffer, start: number, end: number): string {
    if (this.#parts.length === 0) {
      this.#check(end - start);
      return chunk.toString('utf8', start, end);
    }
    this.#keep(chunk.subarray(start, end));
    const line = Buffer.concat(this.#parts, this.#length).toString('utf8');
    this.#parts = [];
    this.#length = 0;
    return line;
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    this.#check(this.#length);
    this.#parts.push(part);
  }

  #check(length: number): void {
    if (length > this.#limit) throw new ContentError(`a line is longer than ${this.#limit} bytes`);
  }
}

/** Turns offsets of a text into lines and columns, quickest when asked in order. */
export class Lines {
  readonly #text: string;
  #line: number;
  #start = 0;

  /** `firstLine` is the number of the text's first line in its file. */
  constructor(text: string, firstLine: number) {
    this.#text = text;
    this.#line = firstLine;
  }

  /** The line and the column in code points, both from 1, of an offset in UTF-16 units. */
  at(offset: number): { readonly line: number; readonly column: number } {
    while (offset < this.#start) {
      this.#start = this.#start < 2 ? 0 : this.#text.lastIndexOf('\n', this.#start - 2) + 1;
      this.#line -= 1;
    }
    for (let next = this.#next(); next !== 0 && next <= offset; next = this.#next()) {
      this.#start = next;
      this.#line += 1;
    }
    const before = this.#text.slice(this.#start, offset).replace(/^\uFEFF/, '');
    return { line: this.#line, column: codePoints(before) + 1 };
  }

  #next(): number {
    return this.#text.indexOf('\n', this.#start) + 1;
  }
}

/** Counts the code points of a text. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

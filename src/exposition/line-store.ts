import { type ByteString, toByteString } from './rendering.ts';

/** One line of a block, with what tells its series from the block's others. */
export interface Row {
  readonly identity: string;
  /** With its line feed. */
  readonly line: string;
}

/**
 * The rendered lines of a family, in one block for each key. A block is made when what it tells changes, so that a
 * scrape has only to copy.
 */
export class LineStore {
  readonly #blocks = new Map<string, ByteString>();
  #count = 0;

  /** Lines that are kept. */
  get count(): number {
    return this.#count;
  }

  /** Puts a block in place of what the key had; gives the number of rows left out as another had their identity. */
  put(key: string, rows: readonly Row[]): number {
    const lines = new Map<string, string>();
    for (const { identity, line } of rows) {
      if (!lines.has(identity)) lines.set(identity, line);
    }
    const old = this.#blocks.get(key);
    if (lines.size === 0) {
      this.delete(key);
      return 0;
    }
    if (old !== undefined) this.#count -= countLines(old);
    this.#count += lines.size;
    this.#blocks.set(key, toByteString([...lines.values()].join('')));
    return rows.length - lines.size;
  }

  delete(key: string): void {
    const old = this.#blocks.get(key);
    if (old === undefined) return;
    this.#count -= countLines(old);
    this.#blocks.delete(key);
  }

  /** The blocks of this moment; later changes do not touch them. */
  blocks(): readonly ByteString[] {
    return [...this.#blocks.values()];
  }
}

// The text is asked rather than a number kept beside each of many thousand blocks.
function countLines(block: ByteString): number {
  let count = 0;
  for (let at = block.indexOf('\n'); at >= 0; at = block.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** What a program prints, kept as it came and made one text at the end; limits are in bytes. */
export class CollectedOutput {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when more came than the limit allows. */
  get tooLong(): boolean {
    return this.#size > this.#limit;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** Lets go of what the last bytes within the limit do not need. */
  keepLast(): void {
    let unneeded = 0;
    for (const { length } of this.#chunks) {
      if (this.#size - length < this.#limit) break;
      this.#size -= length;
      unneeded += 1;
    }
    if (unneeded > 0) this.#chunks.splice(0, unneeded);
  }

  /** The last bytes within the limit, as UTF-8. */
  text(): string {
    const bytes = Buffer.concat(this.#chunks);
    return bytes.subarray(Math.max(0, bytes.length - this.#limit)).toString();
  }
}

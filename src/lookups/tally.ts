/** Things with the number of their users. */
export class Tally<T> {
  readonly #counts = new Map<T, number>();

  get size(): number {
    return this.#counts.size;
  }

  has(item: T): boolean {
    return this.#counts.has(item);
  }

  /** True for the first user of an item. */
  add(item: T): boolean {
    const count = this.#counts.get(item) ?? 0;
    this.#counts.set(item, count + 1);
    return count === 0;
  }

  /** True for the last user of an item; one that was never added has none. */
  remove(item: T): boolean {
    const count = this.#counts.get(item);
    if (count === undefined) return false;
    if (count > 1) this.#counts.set(item, count - 1);
    else this.#counts.delete(item);
    return count === 1;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#counts.keys();
  }
}

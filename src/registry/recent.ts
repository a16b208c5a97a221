/** A map that forgets what was not used for longest, so that a process that runs for months does not grow. */
export class Recent<V> {
  readonly #most: number;
  readonly #entries = new Map<string, V>();

  /** `most` entries are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is kept under a key, which is used by this. */
  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#most) return;
      this.#entries.delete(oldest);
    }
  }

  /** What is kept, without using it. */
  values(): readonly V[] {
    return [...this.#entries.values()];
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Forgets what is not worth keeping. */
  prune(worth: (value: V) => boolean): void {
    for (const [key, value] of this.#entries) if (!worth(value)) this.#entries.delete(key);
  }
}

/** Below this many values nobody looks for those that are gone. */
const FIRST_SWEEP = 1024;

/**
 * One value per distinct content, for as long as anybody holds it: what is interned may be compared by identity.
 *
 * The values are held weakly, so that there is nobody who must say when one is no longer used. What remains of a
 * collected value, its key, goes when the number of keys has doubled: memory stays within twice what is in use, and a
 * sweep is paid for by the values that were added since the last.
 */
export class Interner<T extends object> {
  readonly #values = new Map<string, WeakRef<T>>();
  #sweepAt = FIRST_SWEEP;

  /** The value of this key, made if there is none; the key must tell all contents apart. */
  intern(key: string, make: () => T): T {
    const known = this.#values.get(key)?.deref();
    if (known) return known;
    const value = make();
    this.#values.set(key, new WeakRef(value));
    if (this.#values.size >= this.#sweepAt) this.#sweep();
    return value;
  }

  /** How many keys are held. */
  get size(): number {
    return this.#values.size;
  }

  #sweep(): void {
    for (const [key, value] of this.#values) {
      if (!value.deref()) this.#values.delete(key);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#values.size * 2);
  }
}

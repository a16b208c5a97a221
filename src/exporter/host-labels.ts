/**
 * Registry hosts as label values. Whoever may create a Pod chooses hosts, so only so many get series of their own;
 * the rest share one.
 */
export class HostLabels {
  readonly #limit: number;
  readonly #known = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The host itself, or undefined where it came after too many others. */
  own(host: string): string | undefined {
    if (this.#known.has(host)) return host;
    if (this.#known.size >= this.#limit) return undefined;
    this.#known.add(host);
    return host;
  }
}

/** Until when the exporter may still not have noticed all that happened. */
export class Patience {
  #until = 0;

  /** Milliseconds since 1970. */
  get until(): number {
    return this.#until;
  }

  /** Something happened that may take so many milliseconds from now to be noticed. */
  allow(ms: number): void {
    this.#until = Math.max(this.#until, Date.now() + ms);
  }
}

import type { RateLimit } from '../registry/index.ts';
import { LookupError } from './failure.ts';

/** A pull that is held back because the registry has few left to grant. */
export class PutOffError extends LookupError {
  override name = 'PutOffError';
  /** When to ask again, in milliseconds since the epoch. */
  readonly turn: number;

  constructor(turn: number) {
    super('rate_limited', 'the registry has few pulls left to grant, so this one is put off');
    this.turn = turn;
  }
}

/** Manifests read for one image: an index and a child. */
const COST = 2;
/** Part of the limit that is left to others, such as the nodes of the cluster, which must pull too. */
const RESERVE = 0.1;
/** Longest time, in milliseconds, in which a limit is believed to come back: Docker Hub's is six hours. */
const LONGEST_WINDOW = 86_400_000;

/** The pulls that a host still grants; below the reserve they are made one by one, no faster than they come back. */
export class PullQuota {
  #limit: number | undefined;
  #remaining = 0;
  #window = LONGEST_WINDOW;
  #noted = 0;
  #open = 0;
  #nextTurn = 0;

  /** True once the host told that it counts pulls. */
  get known(): boolean {
    return this.#limit !== undefined;
  }

  /**
   * Takes in what an answer said; true when pulls that were held back may be made now. A limit without a window, or of
   * nothing, is not one of pulls: gateways tell so how many requests they take in a minute.
   */
  note({ limit, remaining, window = 0 }: RateLimit, now: number): boolean {
    if (limit === 0 || window === 0) return false;
    this.#window = Math.min(LONGEST_WINDOW, window * 1000);
    const held = this.#nextTurn > now;
    this.#limit = limit;
    this.#remaining = remaining;
    this.#noted = now;
    if (!held || this.#isLow(now)) return false;
    this.#nextTurn = 0;
    return true;
  }

  /**
   * Asks to pull an image; `turn` is what an earlier refusal told. Undefined when it may be pulled, and `done` is to be
   * called after it; else the time to ask again, one for each image that asks.
   */
  take(now: number, turn: number | undefined): number | undefined {
    if (!this.#isLow(now) || (turn !== undefined && turn <= now && this.#left(now) >= COST)) {
      this.#open += COST;
      return undefined;
    }
    const step = (COST * this.#window) / (this.#limit ?? 1);
    this.#nextTurn = Math.max(this.#nextTurn, now) + step;
    return Math.ceil(this.#nextTurn);
  }

  done(): void {
    this.#open -= COST;
    // Until the host tells again, what was pulled is gone.
    this.#remaining -= COST;
  }

  #isLow(now: number): boolean {
    return this.#limit !== undefined && this.#left(now) < Math.max(COST, this.#limit * RESERVE);
  }

  #left(now: number): number {
    const back = ((this.#limit ?? 0) * (now - this.#noted)) / this.#window;
    return Math.min(this.#limit ?? 0, this.#remaining + back) - this.#open;
  }
}

import type { Clock } from '../http/index.ts';
import { Alarm } from './alarm.ts';

/** Waits until each of some things has been tried once, or a time is over. */
export class FirstRound<T> {
  readonly #clock: Clock;
  readonly #onDone: () => void;
  readonly #alarm: Alarm;
  #left: Set<T> | undefined;
  #end = 0;
  #done = false;

  constructor(clock: Clock, onDone: () => void) {
    this.#clock = clock;
    this.#onDone = onDone;
    this.#alarm = new Alarm(clock, () => {
      if (this.#clock.now() >= this.#end) this.#finish();
      else this.#alarm.set(this.#end);
    });
  }

  get done(): boolean {
    return this.#done;
  }

  /** Begins with these; `limit` in milliseconds. Only the first call counts. */
  begin(items: Iterable<T>, limit: number): void {
    if (this.#left) return;
    this.#left = new Set(items);
    this.#end = this.#clock.now() + limit;
    if (this.#left.size === 0) this.#finish();
    else this.#alarm.set(this.#end);
  }

  /** It was tried, or is not wanted any more. */
  settle(item: T): void {
    if (this.#left?.delete(item) && this.#left.size === 0) this.#finish();
  }

  stop(): void {
    this.#alarm.cancel();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#left?.clear();
    this.#alarm.cancel();
    this.#onDone();
  }
}

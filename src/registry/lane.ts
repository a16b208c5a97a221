import { toError } from '../http/index.ts';

/** Gives back what `acquire` took; calling it again does nothing. */
export type Release = () => void;

interface Waiter {
  /** Bytes that will pass. */
  readonly size: number;
  readonly start: () => void;
}

/** How many things happen at once in one lane, and who is next: `next` gives the place of one of those that wait. */
export class Lane {
  readonly #next: (waiting: readonly Waiter[]) => number;
  readonly #waiting: Waiter[] = [];
  #active = 0;
  width: number;

  constructor(width: number, next: (waiting: readonly Waiter[]) => number) {
    this.width = width;
    this.#next = next;
  }

  /** A place in the lane, for something of so many bytes. Throws the signal's reason. */
  acquire(size: number, signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted();
    return new Promise<Release>((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(toError(signal.reason));
      };
      const waiter: Waiter = {
        size,
        start: () => {
          signal.removeEventListener('abort', abort);
          this.#active++;
          let open = true;
          resolve(() => {
            if (!open) return;
            open = false;
            this.#active--;
            this.admit();
          });
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(waiter);
      this.admit();
    });
  }

  /** Starts what there is room for. */
  admit(): void {
    while (this.#active < Math.floor(this.width) && this.#waiting.length > 0) {
      this.#waiting.splice(this.#next(this.#waiting), 1)[0]?.start();
    }
  }
}

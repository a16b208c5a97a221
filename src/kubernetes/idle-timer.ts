import type { Clock } from '../http/index.ts';

export interface IdleTimerOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly onIdle: () => void;
}

/** Notices that nothing comes any more. It looks at the time once in a while: a timer for each chunk would cost more. */
export class IdleTimer implements Disposable {
  readonly #options: IdleTimerOptions;
  readonly #over = new AbortController();
  /** Since when somebody waits; undefined while what came is worked on, however long that takes. */
  #since: number | undefined;

  constructor(options: IdleTimerOptions) {
    this.#options = options;
    this.#run().catch(() => undefined);
  }

  /** The parts as they come, counting the time that each lets wait for itself. */
  async *watch<T>(parts: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const { clock } = this.#options;
    this.#since = clock.now();
    for await (const part of parts) {
      this.#since = undefined;
      yield part;
      this.#since = clock.now();
    }
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  async #run(): Promise<void> {
    const { timeout, clock, onIdle } = this.#options;
    for (let rest = timeout; rest > 0; ) {
      await clock.sleep(rest, this.#over.signal);
      rest = this.#since === undefined ? timeout : this.#since + timeout - clock.now();
    }
    onIdle();
  }
}

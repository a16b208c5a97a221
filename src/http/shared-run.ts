interface Run<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Work that all who want it at the same time share; it is aborted when the last of them gives up. */
export class SharedRun<T> {
  readonly #work: (signal: AbortSignal) => Promise<T>;
  #run: Run<T> | undefined;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work;
  }

  /** True while nobody waits for a result. */
  get idle(): boolean {
    return this.#run === undefined;
  }

  /** The result of the run that is under way, or of a new one; throws what it throws, or the signal's reason. */
  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const run = this.#run ?? this.#start();
    run.waiting += 1;
    const aborted = Promise.withResolvers<never>();
    const leave = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([run.result, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      run.waiting -= 1;
      if (run.waiting === 0) {
        if (this.#run === run) this.#run = undefined;
        run.controller.abort(signal.reason);
      }
    }
  }

  #start(): Run<T> {
    const controller = new AbortController();
    const run = { result: this.#work(controller.signal), controller, waiting: 0 };
    this.#run = run;
    return run;
  }
}

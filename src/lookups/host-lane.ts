/** One host with what waits for it, as the queue has found it. */
export class HostLane<T> {
  readonly host: string;
  readonly fresh = new Set<T>();
  readonly known = new Set<T>();
  active = 0;
  answers = 0;
  /** False until the host answered, and again after a failure: one look-up at a time finds out. */
  healthy = false;
  /** Failures in a row for which the host was to blame. */
  failures = 0;
  /** Until then only what is new asks whether the host is up again. */
  downUntil = 0;
  pauses = 0;
  pausedUntil = 0;
  /** True when nothing is expected for it. */
  forgotten = false;

  constructor(host: string) {
    this.host = host;
  }

  get down(): boolean {
    return this.failures > 0;
  }

  get waiting(): T[] {
    return [...this.fresh, ...this.known];
  }
}

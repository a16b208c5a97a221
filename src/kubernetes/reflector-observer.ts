import type { FailureReason } from './failure-reason.ts';

/** A failure that is worth a line in a log. */
export interface Failure {
  readonly reason: FailureReason;
  readonly error: unknown;
  /** Milliseconds until the next attempt. */
  readonly retryIn: number;
}

/** Hears what becomes of one kind; everything is called at the moment it happens and must return at once. */
export interface ReflectorObserver {
  /** A read of all objects begins, streamed or in pages. */
  onList(): void;
  /** It failed; what is known stays as it was. */
  onListFailure(reason: FailureReason): void;
  /** All objects were read. */
  onSynced(): void;
  /** A watch begins, be it as what follows the objects of a stream. */
  onWatch(): void;
  /** It was refused or broke. One that was too old (`expired`) is nothing unusual. */
  onWatchFailure(reason: FailureReason): void;
  /** The server was heard: an event or a bookmark. */
  onEvent(): void;
  /** A failure that there was not since all was well: once, not with each attempt. */
  onFailure(failure: Failure): void;
  /** What had failed works again. */
  onRecovered(): void;
}

/** What a reflector does: read everything, or follow the changes. */
export type Phase = 'list' | 'watch';

/** Failures with texts of their own must not fill the memory. */
const MOST_TEXTS = 16;

/** Lets each failure through once, until what failed has worked again. */
export class Troubles {
  readonly #observer: ReflectorObserver;
  readonly #seen: Readonly<Record<Phase, Set<string>>> = { list: new Set(), watch: new Set() };

  constructor(observer: ReflectorObserver) {
    this.#observer = observer;
  }

  failed(phase: Phase, failure: Failure): void {
    const seen = this.#seen[phase];
    const text = `${failure.reason} ${String(failure.error)}`;
    if (seen.has(text) || seen.size >= MOST_TEXTS) return;
    seen.add(text);
    this.#observer.onFailure(failure);
  }

  worked(phase: Phase): void {
    if (this.#seen[phase].size === 0) return;
    this.#seen[phase].clear();
    if (this.#seen.list.size + this.#seen.watch.size === 0) this.#observer.onRecovered();
  }
}

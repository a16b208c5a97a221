import { ApiError, type WatchEvent } from './api.ts';
import { fieldOf, type ObjectReader, resourceVersionOf } from './api-object.ts';
import { applyEvent } from './sink.ts';

/** A server may be another one after this time: it was upgraded, or its feature gates were changed. */
const ASK_AGAIN = 6 * 3_600_000;
/** So many streams in a row that broke before all objects were there are no accident. */
const MOST_CUT = 3;

/** Whether to ask a server for its objects as a stream (`sendInitialEvents`), by what came of it. */
export class WatchListSupport {
  #refusedUntil = Number.NEGATIVE_INFINITY;
  #cut = 0;

  isWorthTrying(now: number): boolean {
    return now >= this.#refusedUntil;
  }

  refused(now: number): void {
    this.#refusedUntil = now + ASK_AGAIN;
  }

  worked(): void {
    this.#cut = 0;
  }

  /** A stream ended among the objects; something between us and the server may not bear long answers: pages are short. */
  wasCut(now: number): void {
    this.#cut++;
    if (this.#cut >= MOST_CUT) this.refused(now);
  }
}

/**
 * Whether the server cannot stream its objects: the gate is off or the server is old (422), or its etcd cannot tell how
 * far it is, which it only says once the stream has begun.
 */
export function isWatchListRefused(error: unknown): boolean {
  return (
    error instanceof ApiError && (error.status === 422 || error.message.includes('RequestWatchProgress'))
  );
}

/** The objects that a stream begins with, collected beside what is known until they are complete. */
export class InitialEvents<T> {
  readonly items = new Map<string, T>();
  /** Events taken. */
  heard = 0;
  readonly #read: ObjectReader<T>;

  constructor(read: ObjectReader<T>) {
    this.#read = read;
  }

  /** Takes the next event; gives the resource version of the whole set when this was the last of them. */
  take(event: WatchEvent): string | undefined {
    this.heard++;
    const { type, object } = event;
    if (type === 'BOOKMARK') {
      const isEnd = fieldOf(object, 'metadata', 'annotations', 'k8s.io/initial-events-end') === 'true';
      return isEnd ? resourceVersionOf(object) : undefined;
    }
    applyEvent(event, this.#read, {
      put: (key, item) => this.items.set(key, item),
      delete: (key) => this.items.delete(key),
    });
    return undefined;
  }
}

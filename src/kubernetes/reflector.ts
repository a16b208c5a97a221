import type { Clock } from '../http/index.ts';
import { ApiError, type ApiServer, type Query, type WatchEvent } from './api.ts';
import { BackOff } from './back-off.ts';
import { listAll, type Snapshot } from './list.ts';
import { operationOf } from './operation.ts';
import { type ObjectReader, resourceVersionOf } from './api-object.ts';
import { type Phase, type ReflectorObserver, Troubles } from './reflector-observer.ts';
import { failureReason, isBroken, isExpired, isTooLarge } from './failure-reason.ts';
import { applyEvent, type Sink } from './sink.ts';
import { eventError } from './status.ts';
import { InitialEvents, isWatchListRefused, WatchListSupport } from './watch-list.ts';

export interface ReflectorOptions<T> {
  readonly api: ApiServer;
  /** Where the objects are listed. */
  readonly path: string;
  readonly read: ObjectReader<T>;
  readonly sink: Sink<T>;
  readonly observer: ReflectorObserver;
  /** Objects per page where they must be listed. */
  readonly pageSize: number;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Bookmarks come about once a minute; three that did not come mean a dead connection. */
const BOOKMARK_SILENCE = 180_000;
/** What a server that never sends bookmarks may be late beyond the end that it was asked for. */
const GRACE = 30_000;
const SHORT_WATCH = 1000;
/** How long a server may fail inside before it is asked for everything anew. */
const INTERNAL_ERROR_PATIENCE = 60_000;

/**
 * Keeps a sink equal to what an API server has of one kind, at any time as it was at some moment, and never as it was
 * before one that was seen. Requests and answers to failures are those of client-go's reflector (tools/cache).
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #backOff: BackOff;
  readonly #denials: BackOff;
  readonly #expiries: BackOff;
  readonly #troubles: Troubles;
  readonly #watchList = new WatchListSupport();
  #phase: Phase = 'list';
  /** Where the next watch begins; undefined when everything must be read anew. */
  #position: string | undefined;
  /** The last version seen, below which no read of everything may fall; undefined once the server refused it. */
  #latest: string | undefined;
  #synced = false;
  #settled = false;
  #bookmarked = false;
  #hasty = false;
  #internalErrorsSince: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    const { clock, random, observer } = options;
    this.#options = options;
    this.#backOff = new BackOff({ first: 800, longest: 30_000, clock, random });
    // That a version is too old says nothing of the server's health: the waits that a restart made long are not its own.
    this.#expiries = new BackOff({ first: 800, longest: 30_000, clock, random });
    // An API server that starts refuses for a moment what it will allow; rights that are missing come by hand.
    this.#denials = new BackOff({ first: 5000, longest: 5 * 60_000, clock, random });
    this.#troubles = new Troubles(observer);
  }

  /** Whether all objects were read and are followed; not so while the kind is forbidden or does not exist. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Whether nothing more is to be waited for at the start: the objects were read, or may not be. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Ends with the signal, and only then. */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      try {
        if (this.#position === undefined) await this.#readAll();
        else await this.#watch(this.#position);
      } catch (error) {
        if (signal.aborted) return;
        // A sleep is cut short by the signal alone, which the loop sees.
        await clock.sleep(this.#fail(error), signal).catch(() => undefined);
      }
    }
  }

  async #readAll(): Promise<void> {
    const { clock, observer } = this.#options;
    this.#phase = 'list';
    observer.onList();
    if (this.#watchList.isWorthTrying(clock.now()) && (await this.#stream())) return;
    this.#take(await listAll(this.#options));
  }

  /** Reads everything from a stream and follows it to its end; false if that must be done by a list. */
  async #stream(): Promise<boolean> {
    const { clock, read, signal } = this.#options;
    for (;;) {
      const initial = new InitialEvents(read);
      const started = clock.now();
      try {
        await this.#follow(
          { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', resourceVersion: this.#latest },
          initial,
        );
        return true;
      } catch (error) {
        if (signal.aborted || this.#phase === 'watch') throw error;
        const isSilent = initial.heard === 0 && clock.now() - started >= BOOKMARK_SILENCE;
        if (isWatchListRefused(error) || isSilent) {
          this.#watchList.refused(clock.now());
          return false;
        }
        if (this.#latest === undefined || !(isExpired(error) || isTooLarge(error))) {
          if (initial.heard > 0) this.#watchList.wasCut(clock.now());
          throw error;
        }
        // Without a version it is the newest there is, which is not older either.
        this.#latest = undefined;
      }
    }
  }

  async #watch(resourceVersion: string): Promise<void> {
    this.#phase = 'watch';
    this.#options.observer.onWatch();
    await this.#follow({ resourceVersion }, undefined);
  }

  async #follow(query: Query, initial: InitialEvents<T> | undefined): Promise<void> {
    const { api, clock, path, observer, random, signal } = this.#options;
    const seconds = 300 + Math.floor(random() * 301);
    // A server that ends the objects by a bookmark sends bookmarks.
    const idleTimeout = initial || this.#bookmarked ? BOOKMARK_SILENCE : seconds * 1000 + GRACE;
    const started = clock.now();
    let lastHeard = started;
    let heard = 0;
    let bookmarks = 0;
    let awaited = initial;
    let broken: ApiError | undefined;
    try {
      const request = { watch: true, ...query, allowWatchBookmarks: true, timeoutSeconds: seconds };
      for await (const events of api.watch({ path, query: request, idleTimeout, signal })) {
        for (const event of events) {
          if (event.type === 'ERROR') throw eventError(operationOf('watch', path), event.object);
          heard++;
          lastHeard = clock.now();
          observer.onEvent();
          if (awaited) {
            const resourceVersion = awaited.take(event);
            if (resourceVersion === undefined) continue;
            this.#take({ items: awaited.items, resourceVersion });
            this.#watchList.worked();
            observer.onWatch();
            awaited = undefined;
          } else {
            this.#apply(event);
            // One bookmark may be that of the end; two are a habit.
            if (event.type === 'BOOKMARK' && ++bookmarks === 2) this.#bookmarked = true;
          }
        }
      }
    } catch (error) {
      if (isBroken(error) && clock.now() - lastHeard >= idleTimeout) this.#bookmarked = false;
      if (signal.aborted || awaited || heard === 0 || !isBroken(error)) throw error;
      broken = error;
    }
    if (awaited) throw this.#ended('before all objects were there');
    const isShort = clock.now() - started < SHORT_WATCH;
    if (heard === 0 && isShort) {
      this.#position = undefined;
      throw this.#ended('at once, without an event');
    }
    // The first time it may be a server that stops; whatever does so again and again must not be called in a circle.
    if (isShort && this.#hasty) throw broken ?? this.#ended('at once, and so did the one before');
    this.#hasty = isShort;
    if (broken) observer.onWatchFailure(failureReason(broken));
    else if (!isShort) this.#troubles.worked('watch');
  }

  #ended(when: string): ApiError {
    return new ApiError({
      operation: operationOf('watch', this.#options.path),
      message: `the stream ended ${when}`,
    });
  }

  #take({ items, resourceVersion }: Snapshot<T>): void {
    this.#options.sink.replace(items);
    this.#position = resourceVersion;
    this.#latest = resourceVersion;
    this.#phase = 'watch';
    this.#synced = true;
    this.#settled = true;
    this.#internalErrorsSince = undefined;
    this.#options.observer.onSynced();
    this.#troubles.worked('list');
  }

  #apply(event: WatchEvent): void {
    const { read, sink } = this.#options;
    applyEvent(event, read, sink);
    const resourceVersion = resourceVersionOf(event.object);
    if (resourceVersion !== undefined) {
      this.#position = resourceVersion;
      this.#latest = resourceVersion;
    }
    this.#internalErrorsSince = undefined;
    this.#troubles.worked('watch');
  }

  /** Decides what comes after a failure; gives the milliseconds until then. */
  #fail(error: unknown): number {
    const { observer } = this.#options;
    const phase = this.#phase;
    const reason = failureReason(error);
    if (phase === 'list') observer.onListFailure(reason);
    else observer.onWatchFailure(reason);
    if (phase === 'watch' && !this.#mayResume(error)) this.#position = undefined;
    const isDenied = reason === 'forbidden' || reason === 'not_found';
    if (isDenied) {
      // A kind that could never be read has no objects as far as we can tell, and nobody should wait for it. One that
      // could be read keeps its objects: they most likely still exist, and rights are lost by mistake more often than
      // for ever; that they are no longer followed is to be seen in `synced`.
      this.#synced = false;
      this.#settled = true;
    }
    const asked = error instanceof ApiError ? error.retryAfter : undefined;
    const isTooOld = phase === 'watch' && reason === 'expired';
    const retryIn = (isDenied ? this.#denials : isTooOld ? this.#expiries : this.#backOff).next(asked);
    // That a watch comes too late for its version is part of its life.
    if (!isTooOld) this.#troubles.failed(phase, { reason, error, retryIn });
    return retryIn;
  }

  /** Whether a watch may go on from where it was, so that the server need not send everything again. */
  #mayResume(error: unknown): boolean {
    if (!(error instanceof ApiError)) return false;
    const { status, reason } = error;
    if (status === undefined || status === 401 || status === 429 || status === 503) return true;
    if (status !== 500 || reason !== 'InternalError') return false;
    const now = this.#options.clock.now();
    this.#internalErrorsSince ??= now;
    return now - this.#internalErrorsSince < INTERNAL_ERROR_PATIENCE;
  }
}

import type { ServerResponse } from 'node:http';
import type { ApiFeatures } from './api-features.ts';
import { selectionOf } from './api-list.ts';
import { watchOptions } from './api-list-options.ts';
import type { ObjectRoute } from './api-path.ts';
import type { ApiStore } from './api-store.ts';
import { Watch } from './api-watch.ts';
import { type WatchEnd, WatchStream, type WatchTrouble } from './api-watch-stream.ts';
import type { LogEntry } from './request-log.ts';
import type { Sleep } from './spoil.ts';

/** What one watch is served with. */
export interface WatchService {
  readonly response: ServerResponse;
  readonly trouble: WatchTrouble | undefined;
  readonly entry: LogEntry;
  readonly sleep: Sleep;
}

/** The watches that are open. */
export class ApiWatches {
  readonly #store: ApiStore;
  readonly #features: ApiFeatures;
  readonly #open = new Set<Watch>();

  constructor(store: ApiStore, features: ApiFeatures) {
    this.#store = store;
    this.#features = features;
  }

  /** How many are open, of one resource (plural name) or of all. */
  count(resource: string | undefined): number {
    return this.#of(resource).length;
  }

  /** Sends a bookmark on each that takes such. */
  bookmark(): void {
    for (const watch of this.#open) watch.bookmark();
  }

  /** Brings those of one resource, or of all, to an end of this kind. */
  end(end: WatchEnd, resource: string | undefined): void {
    for (const watch of this.#of(resource)) watch.stream.finish(end);
  }

  /** Answers a watch, to its end; throws `ApiRefusal` before the first byte. */
  async serve(route: ObjectRoute, query: URLSearchParams, service: WatchService): Promise<void> {
    const { response, trouble, entry, sleep } = service;
    const options = watchOptions(query, this.#features.watchList);
    const selection = selectionOf(route, query);
    entry.answered(200);
    const watch = new Watch({
      store: this.#store,
      selection,
      options,
      stream: new WatchStream(response, trouble),
      progress: this.#features.watchProgress,
      bookmarkMs: this.#features.bookmarkMs,
      sleep,
      signal: entry.gone,
    });
    this.#open.add(watch);
    try {
      await watch.run();
    } finally {
      this.#open.delete(watch);
    }
  }

  #of(resource: string | undefined): Watch[] {
    return [...this.#open].filter(
      ({ selection }) => resource === undefined || selection.resource.name === resource,
    );
  }
}

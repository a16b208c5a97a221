import type { Selection } from './api-list.ts';
import type { WatchOptions } from './api-list-options.ts';
import { type ApiResource, groupVersion } from './api-resources.ts';
import { type ApiRefusal, failure, tooLarge } from './api-status.ts';
import { type ApiStore, type Change, type StoredObject, standalone, withVersion } from './api-store.ts';
import type { WatchStream } from './api-watch-stream.ts';
import type { Sleep } from './spoil.ts';

export interface WatchParts {
  readonly store: ApiStore;
  readonly selection: Selection;
  readonly options: WatchOptions;
  readonly stream: WatchStream;
  /** Whether the storage can tell how far a watch has come; without, no initial events. */
  readonly progress: boolean;
  /** Milliseconds between bookmarks. */
  readonly bookmarkMs: number;
  readonly sleep: Sleep;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** As the API server has it: a last bookmark shortly before the time is up. */
const LAST_BOOKMARK_MS = 2_000;
const INITIAL_EVENTS_END = { annotations: { 'k8s.io/initial-events-end': 'true' } };
const NO_PROGRESS =
  'a watch stream was requested by the client but the required storage feature RequestWatchProgress is disabled';

/** One open watch. */
export class Watch {
  readonly selection: Selection;
  readonly stream: WatchStream;
  readonly #parts: WatchParts;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.selection = parts.selection;
    this.stream = parts.stream;
  }

  /** Sends what is asked for and goes on until the time is up or the client is gone. */
  async run(): Promise<void> {
    const { store, stream, signal } = this.#parts;
    const refusal = this.#refusal();
    if (refusal) {
      stream.finish({ error: refusal.status });
      return;
    }
    const end = this.#begin();
    const unsubscribe = store.subscribe((change) => {
      if (change.resource === this.selection.resource && change.resourceVersion > end) this.#tell(change);
    });
    try {
      await this.#live();
      stream.finish('end');
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      unsubscribe();
    }
  }

  /** Sends a bookmark of this moment, if the client takes such. */
  bookmark(metadata: object = {}): void {
    const { store, options, stream, selection } = this.#parts;
    if (!options.bookmarks) return;
    const { resource } = selection;
    const object = {
      kind: resource.kind,
      apiVersion: groupVersion(resource),
      metadata: { resourceVersion: String(store.resourceVersion), ...metadata },
      ...emptyContent(resource),
    };
    stream.send('BOOKMARK', JSON.stringify(object));
  }

  /** Why this watch is over before it begins; said in the stream, whose status is 200 already. */
  #refusal(): ApiRefusal | undefined {
    const { store, selection, options, progress } = this.#parts;
    const { resourceVersion = 0, sendInitialEvents } = options;
    const latest = store.latest(selection.resource);
    if (sendInitialEvents === true) {
      if (!progress) return failure(500, NO_PROGRESS);
      return resourceVersion > store.resourceVersion
        ? tooLarge(resourceVersion, store.resourceVersion)
        : undefined;
    }
    // Without progress nothing tells the cache that it has the newest state when others than its objects changed last.
    if (!progress && options.resourceVersion === undefined && latest < store.resourceVersion) {
      return tooLarge(store.resourceVersion, latest);
    }
    if (resourceVersion === 0 || resourceVersion >= store.watchable) return undefined;
    return failure(410, `too old resource version: ${resourceVersion} (${store.watchable})`);
  }

  /** Sends the state or the changes that the watch begins with; gives the version up to which all is said. */
  #begin(): number {
    const { store, selection, options } = this.#parts;
    const { resourceVersion = 0, sendInitialEvents } = options;
    const now = store.resourceVersion;
    if (sendInitialEvents ?? resourceVersion === 0) {
      for (const object of store.list(selection.resource)) {
        if (this.#wants(object)) this.#event('ADDED', object);
      }
      if (sendInitialEvents === true) this.bookmark(INITIAL_EVENTS_END);
    } else if (resourceVersion > 0) {
      for (const change of store.changes(selection.resource, resourceVersion)) this.#tell(change);
    }
    return Math.max(now, resourceVersion);
  }

  #tell({ before, after, resourceVersion }: Change): void {
    const [had, has] = [this.#wants(before), this.#wants(after)];
    if (has && after) this.#event(had ? 'MODIFIED' : 'ADDED', after);
    // What is gone, or wanted no more, is shown as it last was, under the version of its end.
    else if (had && before) this.#event('DELETED', withVersion(before, resourceVersion));
  }

  #event(type: string, object: StoredObject): void {
    this.stream.send(type, standalone(this.selection.resource, object));
  }

  #wants(object: StoredObject | undefined): boolean {
    const { namespace, selector } = this.selection;
    if (!object || (namespace !== '' && object.namespace !== namespace)) return false;
    return !selector || selector(object);
  }

  /** Waits for the end of the watch's time, with bookmarks on the way. */
  async #live(): Promise<void> {
    const { options, bookmarkMs, sleep, signal } = this.#parts;
    let left = (options.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;
    for (;;) {
      const untilLast = left > LAST_BOOKMARK_MS ? left - LAST_BOOKMARK_MS : left;
      const pause = Math.min(bookmarkMs, untilLast);
      await sleep(pause, signal);
      left -= pause;
      if (left <= 0) return;
      this.bookmark();
    }
  }
}

/** The nothing that Go makes of an object without content: bookmarks of workloads have a spec too. */
function emptyContent({ podSpec }: ApiResource): object {
  if (!podSpec) return {};
  let content: object = { containers: null };
  for (const name of podSpec.toReversed()) content = { [name]: content };
  return { ...content, status: {} };
}

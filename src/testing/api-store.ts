import { isJsonObject, type JsonObject, textAt, textsAt } from './api-json.ts';
import { type ApiResource, groupVersion } from './api-resources.ts';
import { type Selectable, selectableFields } from './api-selector.ts';

/** Where an object is; `namespace` is empty for kinds that have none. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** One version of an object, as it was written. */
export interface StoredObject extends Place, Selectable {
  readonly uid: string;
  readonly resourceVersion: number;
  /** JSON without apiVersion and kind. */
  readonly text: string;
}

/** A change of one object: created without `before`, deleted without `after`. */
export interface Change {
  readonly resourceVersion: number;
  readonly resource: ApiResource;
  readonly before: StoredObject | undefined;
  readonly after: StoredObject | undefined;
}

interface Table {
  readonly objects: Map<string, StoredObject>;
  /** Undefined: to be sorted again. */
  sorted: readonly StoredObject[] | undefined;
  /** The resource version of the latest change of an object in it. */
  latest: number;
}

/** Objects, one counter of resource versions for all of them, and the latest changes. */
export class ApiStore {
  readonly #tables = new Map<ApiResource, Table>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #historySize: number;
  #history: Change[] = [];
  #resourceVersion = 1;
  #compacted = 0;
  #watchable = 0;

  /** `historySize` is how many changes are remembered. */
  constructor(historySize: number) {
    this.#historySize = historySize;
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  /** The oldest version at which the objects can still be listed. */
  get compacted(): number {
    return this.#compacted;
  }

  /** The oldest version from which a watch may start. */
  get watchable(): number {
    return this.#watchable;
  }

  /** The version of the latest change of an object of this resource. */
  latest(resource: ApiResource): number {
    return this.#table(resource).latest;
  }

  get(resource: ApiResource, place: Place): StoredObject | undefined {
    return this.#table(resource).objects.get(keyOf(place));
  }

  /**
   * Writes an object under the next resource version, or deletes it when there is none; what would change nothing
   * changes nothing, the resource version neither.
   */
  commit(resource: ApiResource, place: Place, object: JsonObject | undefined): StoredObject | undefined {
    const table = this.#table(resource);
    const key = keyOf(place);
    const before = table.objects.get(key);
    if (object ? before && before.text === render(object, before.resourceVersion) : !before) return before;
    const resourceVersion = ++this.#resourceVersion;
    const after = object && stored(resource, place, object, resourceVersion);
    if (after) table.objects.set(key, after);
    else table.objects.delete(key);
    table.sorted = undefined;
    table.latest = resourceVersion;
    const change = { resourceVersion, resource, before, after };
    this.#remember(change);
    for (const listener of this.#listeners) listener(change);
    return after;
  }

  /** The objects of a resource in the order of their keys, now or as they were at a version not before `compacted`. */
  list(resource: ApiResource, resourceVersion = this.#resourceVersion): readonly StoredObject[] {
    const table = this.#table(resource);
    table.sorted ??= sorted(table.objects.values());
    const undone = this.#since(resourceVersion).filter((change) => change.resource === resource);
    if (undone.length === 0) return table.sorted;
    const objects = new Map(table.objects);
    for (const { before, after } of undone.toReversed()) {
      if (before) objects.set(keyOf(before), before);
      else if (after) objects.delete(keyOf(after));
    }
    return sorted(objects.values());
  }

  /** The changes of a resource after a version not before `watchable`. */
  changes(resource: ApiResource, resourceVersion: number): readonly Change[] {
    return this.#since(resourceVersion).filter((change) => change.resource === resource);
  }

  /** Tells of every change from now on, until the returned function is called. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets all changes: neither lists nor watches go back before this moment. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.#resourceVersion;
    this.forgetWatchable();
  }

  /** What a restart forgets: the storage has its history still, but watches start from now. */
  forgetWatchable(): void {
    this.#watchable = this.#resourceVersion;
  }

  #since(resourceVersion: number): readonly Change[] {
    let start = this.#history.length;
    while (start > 0 && (this.#history[start - 1]?.resourceVersion ?? 0) > resourceVersion) start--;
    return this.#history.slice(start);
  }

  #remember(change: Change): void {
    this.#history.push(change);
    // Shortened by halves, so that a long run does not move the whole list for every change.
    if (this.#history.length < this.#historySize * 2) return;
    const dropped = this.#history.splice(0, this.#historySize).at(-1)?.resourceVersion ?? 0;
    this.#compacted = Math.max(this.#compacted, dropped);
    this.#watchable = Math.max(this.#watchable, dropped);
  }

  #table(resource: ApiResource): Table {
    const known = this.#tables.get(resource);
    if (known) return known;
    const table: Table = { objects: new Map(), sorted: undefined, latest: 0 };
    this.#tables.set(resource, table);
    return table;
  }
}

/** The key by which objects are sorted and pages go on. */
export function keyOf({ namespace, name }: Place): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** JSON of an object as it stands alone, apiVersion and kind in front. */
export function standalone(resource: ApiResource, { text }: StoredObject): string {
  return `{"kind":"${resource.kind}","apiVersion":"${groupVersion(resource)}",${text.slice(1)}`;
}

/** The same object under another resource version, as the event of its end has it. */
export function withVersion(object: StoredObject, resourceVersion: number): StoredObject {
  // Only name, namespace and uid stand before it, and none of them can hold a quotation mark.
  const text = object.text.replace(
    `"resourceVersion":"${object.resourceVersion}"`,
    `"resourceVersion":"${resourceVersion}"`,
  );
  return { ...object, resourceVersion, text };
}

function stored(
  resource: ApiResource,
  place: Place,
  object: JsonObject,
  resourceVersion: number,
): StoredObject {
  return {
    ...place,
    uid: textAt(object, 'metadata', 'uid'),
    resourceVersion,
    labels: textsAt(object, 'metadata', 'labels'),
    fields: selectableFields(resource, object, place),
    text: render(object, resourceVersion),
  };
}

function render(object: JsonObject, resourceVersion: number): string {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
  const {
    name,
    generateName,
    namespace,
    uid,
    resourceVersion: _old,
    ...more
  } = isJsonObject(metadata) ? metadata : {};
  return JSON.stringify({
    metadata: { name, generateName, namespace, uid, resourceVersion: String(resourceVersion), ...more },
    ...rest,
  });
}

function sorted(objects: Iterable<StoredObject>): StoredObject[] {
  const keyed = Array.from(objects, (object) => ({ key: keyOf(object), object }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  return keyed.map(({ object }) => object);
}

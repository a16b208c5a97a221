import type { Puller, Resource, Sink, Workload } from '../kubernetes/index.ts';

/** Hears which images are in use, and by whom they would be pulled. */
export interface ImageUse {
  add(image: string, puller: Puller): void;
  remove(image: string, puller: Puller): void;
}

/** Shows workloads; `put` is called again when a digest of one of its images has changed. */
export interface WorkloadLines {
  put(resource: Resource, key: string, workload: Workload): void;
  delete(resource: Resource, key: string): void;
}

export interface InventoryOptions {
  readonly images: ImageUse;
  readonly lines: WorkloadLines;
  /** Milliseconds of any clock that only goes forward. */
  readonly now: () => number;
  /** Calls back when the event loop had a turn. */
  readonly later: (work: () => void) => void;
}

/** An object as it is known now. */
interface Known {
  readonly resource: Resource;
  readonly key: string;
  workload: Workload;
}

/** How long lines are rendered before everything else gets a turn, in milliseconds. */
const SLICE = 8;

/** All workloads of a cluster and their images: what the reflectors learn goes in, uses of images and lines come out. */
export class Inventory {
  readonly #options: InventoryOptions;
  readonly #known = new Map<string, Map<string, Known>>();
  readonly #users = new Map<string, Set<Known>>();
  readonly #dirty = new Set<Known>();
  #rendering = false;

  constructor(options: InventoryOptions) {
    this.#options = options;
  }

  /** Where a reflector of a resource puts what it learns. */
  sink(resource: Resource): Sink<Workload> {
    const known = new Map<string, Known>();
    this.#known.set(resource.name, known);
    return {
      replace: (items) => {
        // What is new first: an image that stays in use must not be forgotten in between.
        for (const [key, workload] of items) this.#put(known, resource, key, workload);
        for (const key of known.keys()) if (!items.has(key)) this.#delete(known, resource, key);
      },
      put: (key, workload) => this.#put(known, resource, key, workload),
      delete: (key) => this.#delete(known, resource, key),
    };
  }

  /** An image has another digest than before: the lines of its users are rendered anew. */
  changed(image: string): void {
    for (const known of this.#users.get(image) ?? []) this.#dirty.add(known);
    this.#render();
  }

  /** How many objects of a resource are known. */
  count(resource: Resource): number {
    return this.#known.get(resource.name)?.size ?? 0;
  }

  /** One of those that use an image, for people: `Deployment shop/web`. */
  anyUser(image: string): string | undefined {
    const [known] = this.#users.get(image) ?? [];
    return known && `${known.resource.kind} ${known.key}`;
  }

  #put(all: Map<string, Known>, resource: Resource, key: string, workload: Workload): void {
    const before = all.get(key);
    if (before && sameWorkload(before.workload, workload)) return;
    const known = before ?? { resource, key, workload };
    const old = before?.workload;
    known.workload = workload;
    all.set(key, known);
    for (const { image } of workload.images) {
      const users = this.#users.get(image);
      if (users) users.add(known);
      else this.#users.set(image, new Set([known]));
      this.#options.images.add(image, workload.puller);
    }
    if (old) this.#release(known, old, workload);
    this.#dirty.add(known);
    this.#render();
  }

  #delete(all: Map<string, Known>, resource: Resource, key: string): void {
    const known = all.get(key);
    if (!known) return;
    all.delete(key);
    this.#dirty.delete(known);
    this.#options.lines.delete(resource, key);
    this.#release(known, known.workload, undefined);
  }

  #release(known: Known, old: Workload, now: Workload | undefined): void {
    for (const { image } of old.images) {
      this.#options.images.remove(image, old.puller);
      if (now?.images.some((other) => other.image === image)) continue;
      const users = this.#users.get(image);
      users?.delete(known);
      if (users?.size === 0) this.#users.delete(image);
    }
  }

  #render(): void {
    if (this.#rendering) return;
    this.#rendering = true;
    const { now, later, lines } = this.#options;
    const slice = (): void => {
      const end = now() + SLICE;
      for (const known of this.#dirty) {
        this.#dirty.delete(known);
        lines.put(known.resource, known.key, known.workload);
        if (now() >= end) break;
      }
      if (this.#dirty.size > 0) later(slice);
      else this.#rendering = false;
    };
    later(slice);
  }
}

function sameWorkload(a: Workload, b: Workload): boolean {
  return (
    a.puller === b.puller &&
    a.images.length === b.images.length &&
    a.images.every(({ jsonpath, image }, index) => {
      const other = b.images[index];
      return other?.jsonpath === jsonpath && other.image === image;
    })
  );
}

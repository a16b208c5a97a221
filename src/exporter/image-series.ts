import type { Resource, Workload } from '../kubernetes/index.ts';
import type { Digest, Reference } from '../oci/index.ts';
import { type Family, lineRenderer, LineStore, type Row, type Section } from '../exposition/index.ts';
import type { ImageFacts, LookupStatus } from '../lookups/index.ts';
import { IMAGE_FAMILIES } from './image-families.ts';

export interface ImageSeriesOptions {
  /** Told of series that were left out: their label set was there already, or there are too many of them. */
  readonly onDropped: (family: string, count: number, reason: 'duplicate' | 'too_many') => void;
}

const RENDER = {
  annotation: lineRenderer(IMAGE_FAMILIES.annotation),
  containerInfo: lineRenderer(IMAGE_FAMILIES.containerInfo),
  created: lineRenderer(IMAGE_FAMILIES.created),
  label: lineRenderer(IMAGE_FAMILIES.label),
  sizeBytes: lineRenderer(IMAGE_FAMILIES.sizeBytes),
  lookupStatus: lineRenderer(IMAGE_FAMILIES.lookupStatus),
  lastLookup: lineRenderer(IMAGE_FAMILIES.lastLookup),
  lastSuccess: lineRenderer(IMAGE_FAMILIES.lastSuccess),
  referenceInfo: lineRenderer(IMAGE_FAMILIES.referenceInfo),
  tagChanges: lineRenderer(IMAGE_FAMILIES.tagChanges),
};

/**
 * The series of workloads and images, rendered as they change. A series names the object, the digest or the image
 * that its block is kept under, so that two blocks of a family cannot hold the same one; within a block the store
 * sees to that. Keys are made well-formed as label values are, lest two of them be printed alike.
 */
export class ImageSeries {
  readonly #onDropped: ImageSeriesOptions['onDropped'];
  readonly #workloads = new Map<string, LineStore>();
  readonly #stores = new Map<Family, LineStore>();

  constructor(options: ImageSeriesOptions) {
    this.#onDropped = options.onDropped;
  }

  /** Keys are `namespace/name`; `digestOf` gives "" for images that are not known yet. */
  putWorkload(
    resource: Resource,
    key: string,
    workload: Workload,
    digestOf: (image: string) => string,
  ): void {
    const { group, version, kind } = resource;
    const { namespace, name } = workload;
    const rows = workload.images.map(({ image, jsonpath }) => ({
      identity: jsonpath.toWellFormed(),
      line: RENDER.containerInfo(
        [digestOf(image), group, image, jsonpath, kind, name, namespace, version],
        1,
      ),
    }));
    this.#put(this.#workloadStore(resource), IMAGE_FAMILIES.containerInfo, key, rows);
  }

  deleteWorkload(resource: Resource, key: string): void {
    this.#workloadStore(resource).delete(key.toWellFormed());
  }

  putFacts(facts: ImageFacts): void {
    const { digest, size, created, labels, annotations, leftOut } = facts;
    this.#putPairs(IMAGE_FAMILIES.annotation, RENDER.annotation, digest, annotations);
    this.#putPairs(IMAGE_FAMILIES.label, RENDER.label, digest, labels);
    if (leftOut?.annotations) {
      this.#onDropped(IMAGE_FAMILIES.annotation.name, leftOut.annotations, 'too_many');
    }
    if (leftOut?.labels) this.#onDropped(IMAGE_FAMILIES.label.name, leftOut.labels, 'too_many');
    this.#putSample(IMAGE_FAMILIES.sizeBytes, RENDER.sizeBytes, digest, size);
    this.#putSample(IMAGE_FAMILIES.created, RENDER.created, digest, created);
  }

  deleteFacts(digest: Digest): void {
    const { annotation, label, sizeBytes, created } = IMAGE_FAMILIES;
    for (const family of [annotation, label, sizeBytes, created]) this.#store(family).delete(digest);
  }

  /** The reference is undefined where the text is none. */
  putStatus(image: string, status: LookupStatus, reference: Reference | undefined): void {
    const { reason, lastLookup, lastSuccess, changes } = status;
    const key = image.toWellFormed();
    const parts = reference && [
      image,
      reference.digest ?? '',
      reference.repository.registry,
      reference.repository.path,
      reference.tag ?? '',
    ];
    this.#store(IMAGE_FAMILIES.lookupStatus).put(key, only(RENDER.lookupStatus([image, reason], 1)));
    this.#store(IMAGE_FAMILIES.referenceInfo).put(key, parts ? only(RENDER.referenceInfo(parts, 1)) : []);
    this.#putSample(IMAGE_FAMILIES.lastLookup, RENDER.lastLookup, key, seconds(lastLookup));
    this.#putSample(IMAGE_FAMILIES.lastSuccess, RENDER.lastSuccess, key, seconds(lastSuccess));
    this.#putSample(IMAGE_FAMILIES.tagChanges, RENDER.tagChanges, key, changes);
  }

  deleteStatus(image: string): void {
    const key = image.toWellFormed();
    const { lookupStatus, referenceInfo, lastLookup, lastSuccess, tagChanges } = IMAGE_FAMILIES;
    for (const family of [lookupStatus, referenceInfo, lastLookup, lastSuccess, tagChanges]) {
      this.#store(family).delete(key);
    }
  }

  /** How many series each family has. */
  seriesByFamily(): ReadonlyMap<string, number> {
    const stores = (family: Family): number =>
      this.#storesOf(family).reduce((sum, store) => sum + store.count, 0);
    return new Map(Object.values(IMAGE_FAMILIES).map((family) => [family.name, stores(family)]));
  }

  /** All of this moment. */
  sections(): readonly Section[] {
    return Object.values(IMAGE_FAMILIES).map((family) => ({
      family,
      blocks: this.#storesOf(family).flatMap((store) => store.blocks()),
    }));
  }

  #putPairs(
    family: Family,
    render: (values: readonly string[], value: number) => string,
    digest: Digest,
    pairs: ReadonlyMap<string, string>,
  ): void {
    const rows = [...pairs].map(([key, value]) => ({
      identity: key.toWellFormed(),
      line: render([digest, key, value], 1),
    }));
    this.#put(this.#store(family), family, digest, rows);
  }

  #putSample(
    family: Family,
    render: (values: readonly string[], value: number) => string,
    key: string,
    value: number | undefined,
  ): void {
    this.#store(family).put(key, value === undefined ? [] : only(render([key], value)));
  }

  #put(store: LineStore, family: Family, key: string, rows: readonly Row[]): void {
    const dropped = store.put(key.toWellFormed(), rows);
    if (dropped > 0) this.#onDropped(family.name, dropped, 'duplicate');
  }

  #workloadStore({ name }: Resource): LineStore {
    return getOrMake(this.#workloads, name);
  }

  #store(family: Family): LineStore {
    return getOrMake(this.#stores, family);
  }

  #storesOf(family: Family): LineStore[] {
    return family === IMAGE_FAMILIES.containerInfo ? [...this.#workloads.values()] : [this.#store(family)];
  }
}

function only(line: string): Row[] {
  return [{ identity: '', line }];
}

function getOrMake<Key>(stores: Map<Key, LineStore>, key: Key): LineStore {
  let store = stores.get(key);
  if (store === undefined) {
    store = new LineStore();
    stores.set(key, store);
  }
  return store;
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

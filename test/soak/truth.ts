import type { Scrape } from '../exporter/scrape.ts';
import type { Content, Facts } from './content.ts';
import type { TrackedImage } from './tracked-image.ts';
import { isCounted, labelsOf, type Slot, type TrackedWorkload } from './tracked-workload.ts';

type Labels = Readonly<Record<string, string>>;

/** What a scrape has that is not so, or lacks that is. */
export interface Comparison {
  readonly differences: readonly string[];
  /** Series that were compared. */
  readonly compared: number;
}

const INFO = 'container_image_container_info';
const STATUS = 'container_image_lookup_status';
const LABEL = 'container_image_label';
const ANNOTATION = 'container_image_annotation';
const SIZE = 'container_image_size_bytes';
const CREATED = 'container_image_created';

/** All that is true of the cluster and its registries, in the words of the series that tell it. */
export class Truth {
  readonly images: TrackedImage[] = [];
  readonly workloads = new Set<TrackedWorkload>();
  readonly #contents = new Map<string, Content>();

  addWorkload(workload: TrackedWorkload): void {
    this.workloads.add(workload);
    if (isCounted(workload)) for (const { image } of workload.slots) image.users++;
  }

  removeWorkload(workload: TrackedWorkload): void {
    this.workloads.delete(workload);
    if (isCounted(workload)) for (const { image } of workload.slots) image.leave();
  }

  /** A container of a workload has another image. */
  changeSlot(workload: TrackedWorkload, slot: Slot, image: TrackedImage): void {
    if (isCounted(workload)) {
      image.users++;
      slot.image.leave();
    }
    slot.image = image;
  }

  /** A tag points elsewhere, or nowhere. */
  changeTag(image: TrackedImage, content: Content | undefined): void {
    if (content) this.#contents.set(content.digest, content);
    image.content = content;
  }

  get used(): readonly TrackedImage[] {
    return this.images.filter(({ users }) => users > 0);
  }

  /** Compares every series of the five families, and what is told of each image; a scrape that is right is learnt from. */
  compare(scrape: Scrape): Comparison {
    const differences: string[] = [];
    const digests = this.#compareImages(scrape, differences);
    const expected = this.#expectedSeries(scrape, digests);
    let compared = digests.size;
    for (const [family, series] of expected) {
      compared += series.size;
      differences.push(...compareFamily(scrape, family, series));
    }
    const dropped = scrape.series('container_image_exporter_series_dropped_total');
    if (dropped.some(({ value }) => value > 0)) differences.push('series were dropped');
    if (differences.length === 0) for (const [image, digest] of digests) image.learnt(digest);
    return { differences, compared };
  }

  /** The state of each image; gives the digest that the rest of the scrape is to have for it. */
  #compareImages(scrape: Scrape, differences: string[]): Map<TrackedImage, string> {
    const reasons = valuesByImage(scrape, STATUS, 'reason');
    const seen = valuesByImage(scrape, INFO, 'digest');
    const digests = new Map<TrackedImage, string>();
    for (const image of this.used) {
      const expected = image.expectation();
      const states = reasons.get(image.text) ?? [];
      reasons.delete(image.text);
      const [state = ''] = states;
      if (states.length !== 1 || expected.reason !== state) {
        const is = states.join(', ') || 'missing';
        differences.push(`${STATUS} of ${image.text} is ${is}, not ${expected.reason}`);
      }
      const shown = [...new Set(seen.get(image.text))];
      const right = shown.find((digest) => expected.digests.has(digest));
      digests.set(image, right ?? [...expected.digests][0] ?? '');
    }
    for (const text of reasons.keys()) differences.push(`${STATUS} of ${text}, which nobody uses`);
    return digests;
  }

  #expectedSeries(
    scrape: Scrape,
    digests: ReadonlyMap<TrackedImage, string>,
  ): Map<string, Map<string, number>> {
    const families = new Map<string, Map<string, number>>(
      [INFO, LABEL, ANNOTATION, SIZE, CREATED].map((name) => [name, new Map()]),
    );
    const put = (family: string, labels: Labels, value: number): void =>
      void families.get(family)?.set(keyOf(labels), value);
    for (const workload of this.workloads) {
      if (!isCounted(workload)) continue;
      for (const slot of workload.slots)
        put(INFO, labelsOf(workload, slot, digests.get(slot.image) ?? ''), 1);
    }
    const described = new Set(scrape.series(SIZE).map(({ labels: { digest } }) => digest));
    for (const [image, digest] of digests) {
      const facts = this.#contents.get(digest)?.facts;
      // Of an image whose look-up was broken off, the digest may be known and the rest not.
      if (!facts || (!image.expectation().sure && !described.has(digest))) continue;
      putFacts(digest, facts, put);
    }
    return families;
  }
}

function putFacts(
  digest: string,
  { size, created, labels, annotations }: Facts,
  put: (family: string, labels: Labels, value: number) => void,
): void {
  put(SIZE, { digest }, size);
  if (created !== undefined) put(CREATED, { digest }, created);
  for (const [key, value] of Object.entries(labels)) put(LABEL, { digest, key, value }, 1);
  for (const [key, value] of Object.entries(annotations)) put(ANNOTATION, { digest, key, value }, 1);
}

function compareFamily(scrape: Scrape, family: string, expected: ReadonlyMap<string, number>): string[] {
  const differences: string[] = [];
  const missing = new Map(expected);
  for (const { labels, value } of scrape.series(family)) {
    const key = keyOf(labels);
    const wanted = missing.get(key);
    missing.delete(key);
    if (wanted === undefined) differences.push(`${family}${key} is there and should not`);
    else if (wanted !== value) differences.push(`${family}${key} is ${value}, not ${wanted}`);
  }
  for (const key of missing.keys()) differences.push(`${family}${key} is missing`);
  return differences;
}

function valuesByImage(scrape: Scrape, family: string, label: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const { labels } of scrape.series(family)) {
    const image = labels['image'] ?? '';
    const value = labels[label] ?? '';
    values.set(image, [...(values.get(image) ?? []), value]);
  }
  return values;
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

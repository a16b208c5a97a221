import { makeContent } from './content.ts';
import type { Patience } from './patience.ts';
import type { Population } from './population.ts';
import type { Random } from './random.ts';
import type { TrackedImage } from './tracked-image.ts';
import { imagePatch, isFixed, objectOf, objectPath, type TrackedWorkload } from './tracked-workload.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

export interface ChurnOptions {
  readonly world: World;
  readonly truth: Truth;
  readonly population: Population;
  readonly patience: Patience;
  readonly random: Random;
  /** About how many workloads there are. */
  readonly workloads: number;
  /** Milliseconds in which every tag is looked up again. */
  readonly refresh: number;
  /** The longest that a repository fails, in milliseconds. */
  readonly longestFailure: number;
}

interface Failing {
  readonly image: TrackedImage;
  readonly since: number;
  readonly until: number;
}

/** An event reaches a scrape, and a new image is looked up, within so many milliseconds. */
const SOON = 15_000;
const MOST_FAILING = 3;
/** The longest first wait after a failure that may pass, in milliseconds. */
const FIRST_RETRY = 6_250;

/** What goes on in every cluster all day: workloads come and go, images change, tags move, pulls fail for a while. */
export class Churn {
  readonly #options: ChurnOptions;
  readonly #failing: Failing[] = [];
  #version = 0;
  #done = 0;

  constructor(options: ChurnOptions) {
    this.#options = options;
  }

  /** Changes so far. */
  get done(): number {
    return this.#done;
  }

  async create(): Promise<void> {
    const { world, truth, population, patience } = this.#options;
    const workload = population.make();
    await world.writer.create(listPath(workload), objectOf(workload));
    truth.addWorkload(workload);
    patience.allow(SOON);
  }

  /** One change. */
  async step(): Promise<void> {
    this.#done++;
    await this.#heal();
    const draw = this.#options.random.next();
    if (draw < 0.4) await this.#comeOrGo();
    else if (draw < 0.75) await this.#changeWorkload();
    else if (draw < 0.9) this.#moveTag();
    else if (draw < 0.94) this.#deleteTag();
    else if (draw < 0.96) this.#restoreTags();
    else this.#beginFailure();
  }

  async #comeOrGo(): Promise<void> {
    const { truth, random, world, patience, workloads } = this.#options;
    const surplus = (truth.workloads.size - workloads) / workloads;
    if (random.next() > 0.5 + surplus * 10) {
      await this.create();
      return;
    }
    const workload = random.pick([...truth.workloads]);
    if (workload.unchanging) return;
    await world.writer.remove(objectPath(workload));
    truth.removeWorkload(workload);
    patience.allow(SOON);
  }

  async #changeWorkload(): Promise<void> {
    const { truth, random, world, population, patience } = this.#options;
    const workload = random.pick([...truth.workloads]);
    if (isFixed(workload)) return;
    const slot = random.pick(workload.slots);
    const image = population.image();
    await world.writer.patch(objectPath(workload), imagePatch(workload, { ...slot, image }));
    truth.changeSlot(workload, slot, image);
    patience.allow(SOON);
  }

  #moveTag(): void {
    const image = this.#options.random.pick(this.#options.truth.images);
    if (image.changeable && image.content) this.#push(image);
  }

  #deleteTag(): void {
    const { truth, random, world, patience, refresh } = this.#options;
    const image = random.pick(truth.images);
    if (!image.changeable || !image.content) return;
    world.registries[image.options.registry].deleteTag(image.options.repository, image.options.tag);
    truth.changeTag(image, undefined);
    patience.allow(refresh);
  }

  #restoreTags(): void {
    const missing = this.#options.truth.images.filter(({ changeable, content }) => changeable && !content);
    for (const image of missing) if (this.#options.random.next() < 0.5) this.#push(image);
  }

  #push(image: TrackedImage): void {
    const { truth, world, patience, refresh } = this.#options;
    const { registry, repository, tag, number } = image.options;
    const content = makeContent(number, ++this.#version);
    world.registries[registry].put(repository, tag, content);
    truth.changeTag(image, content);
    patience.allow(refresh);
  }

  #beginFailure(): void {
    const { truth, random, world, patience, refresh, longestFailure } = this.#options;
    const image = random.pick(truth.images);
    if (this.#failing.length >= MOST_FAILING || image.failing || !image.changeable) return;
    const since = Date.now();
    this.#failing.push({ image, since, until: since + random.between(0.2, 1) * longestFailure });
    image.failing = true;
    world.registries[image.options.registry].fail(image.options.repository, true);
    patience.allow(refresh);
  }

  /** Ends the failures whose time is over; the wait for the next try had doubled all the while. */
  async #heal(): Promise<void> {
    const { world, patience } = this.#options;
    const now = Date.now();
    for (const failing of this.#failing.filter(({ until }) => until <= now)) {
      this.#failing.splice(this.#failing.indexOf(failing), 1);
      const { image, since } = failing;
      image.failing = false;
      world.registries[image.options.registry].fail(image.options.repository, false);
      patience.allow((now - since) * 1.25 + FIRST_RETRY + SOON);
    }
  }
}

function listPath(workload: TrackedWorkload): string {
  const path = objectPath(workload);
  return path.slice(0, path.lastIndexOf('/'));
}

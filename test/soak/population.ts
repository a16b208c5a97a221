import type { Kind } from '../exporter/workloads.ts';
import { makeContent } from './content.ts';
import type { Random } from './random.ts';
import { TrackedImage, type TrackedImageOptions } from './tracked-image.ts';
import type { Slot, TrackedWorkload } from './tracked-workload.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

/** Of a hundred objects; the rest are Pods. */
const SHARES: readonly (readonly [Kind, number])[] = [
  ['Deployment', 6],
  ['Job', 5],
  ['StatefulSet', 2],
  ['DaemonSet', 1],
  ['CronJob', 2],
  ['ReplicaSet', 3],
  ['ReplicationController', 1],
];
const UNCHANGING = 20;

/** Fills the registries: `count` images, a fifth of them behind a login; some pinned, some with unreadable names, some missing. */
export function fillRegistries(truth: Truth, world: World, count: number): void {
  for (let number = 0; number < count; number++) {
    const registry = number % 5 === 4 ? 1 : 0;
    const repository = `team/app-${String(number).padStart(4, '0')}`;
    const pinned = number % 23 === 7;
    const invalid = number % 61 === 9;
    const content = makeContent(number, 0);
    const place = `${world.registries[registry].host}/${invalid ? repository.toUpperCase() : repository}`;
    const image = new TrackedImage({
      text: `${place}:1.0${pinned ? `@${content.digest}` : ''}`,
      registry,
      repository,
      tag: '1.0',
      number,
      invalid,
      pinned,
      unchanging: number % 17 === 2,
    });
    truth.images.push(image);
    if (image.changeable && number % 29 === 12) continue;
    world.registries[registry].put(repository, '1.0', content);
    if (!invalid) truth.changeTag(image, content);
  }
}

/** Makes workloads up. */
export class Population {
  readonly #truth: Truth;
  readonly #random: Random;
  readonly #namespaces: readonly string[];
  #made = 0;

  constructor(truth: Truth, random: Random, namespaces: readonly string[]) {
    this.#truth = truth;
    this.#random = random;
    this.#namespaces = namespaces;
  }

  /** The first ones stay as they are. */
  make(): TrackedWorkload {
    const random = this.#random;
    const number = this.#made++;
    const unchanging = number < UNCHANGING;
    const kind = unchanging ? 'Pod' : this.#kind();
    return {
      kind,
      namespace: random.pick(this.#namespaces),
      name: `${kind.toLowerCase()}-${number}`,
      owned: kind === 'Pod' || kind === 'ReplicaSet' ? random.next() < 0.5 : false,
      unchanging,
      slots: this.#slots(unchanging),
    };
  }

  /** An image for a container; few images have many users. */
  image(): TrackedImage {
    const { images } = this.#truth;
    const image = images[Math.floor(this.#random.next() ** 2 * images.length)];
    if (!image) throw new Error('there are no images');
    return image;
  }

  #kind(): Kind {
    let left = this.#random.next() * 100;
    for (const [kind, share] of SHARES) {
      left -= share;
      if (left < 0) return kind;
    }
    return 'Pod';
  }

  #slots(unchanging: boolean): Slot[] {
    const images = (): TrackedImage =>
      unchanging ? this.#random.pick(this.#truth.images.filter(isUnchanging)) : this.image();
    const slots: Slot[] = [];
    for (let index = 0; index <= this.#random.below(3); index++)
      slots.push({ list: 'containers', index, image: images() });
    if (this.#random.next() < 0.2) slots.push({ list: 'initContainers', index: 0, image: images() });
    return slots;
  }
}

function isUnchanging({ options }: { readonly options: TrackedImageOptions }): boolean {
  return options.unchanging && !options.invalid;
}

import { type RegistryClient, RegistryError } from '../registry/index.ts';
import { blobsOf } from './shard-images.ts';
import { digestNumber } from './shard.ts';
import type { MissingImage, ShardView } from './shard-view.ts';

/** How long a look at a shard counts, in milliseconds. */
const LOOK_INTERVAL = 2000;
/** Images at the front of what a shard has to do that are looked at each time. */
const FRONT = 8;
/** A shard may be silent for the whole of its patience again for each of these many bytes that are waited for. */
const BYTES_PER_PATIENCE = 256 * 1024 * 1024;

/** What is seen of an image that another shard is to copy. */
interface Sign {
  readonly image: MissingImage;
  /** How many of the shared blobs that it owns were seen; undefined before the first look. */
  blobs: number;
}

/** Another shard as its traces in the target registry show it: nothing else tells whether it is at work. */
export class Peer {
  readonly #shard: number;
  readonly #view: ShardView;
  readonly #client: RegistryClient;
  readonly #patience: number;
  /** What it has to do, in its order: images that need nothing of others, then those that do. */
  #queues: readonly (readonly Sign[])[];
  #progress: number | undefined;
  #looking: Promise<void> | undefined;
  #looked = Number.NEGATIVE_INFINITY;
  #gone = false;

  /** `patience` in milliseconds; `images` are those that it has to copy. */
  constructor(
    shard: number,
    images: readonly MissingImage[],
    view: ShardView,
    { client, patience }: { readonly client: RegistryClient; readonly patience: number },
  ) {
    this.#shard = shard;
    this.#view = view;
    this.#client = client;
    this.#patience = patience;
    const signs = images.map((image) => ({ image, blobs: 0 }));
    this.#queues = [
      signs.filter(({ image }) => !view.isLate(image)),
      signs.filter(({ image }) => view.isLate(image)),
    ];
  }

  /** True when nothing is waited for from it any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Something that it was to bring has arrived. */
  progressed(): void {
    this.#progress = this.#client.clock.now();
  }

  /**
   * Waits a moment for a blob of some bytes. True when that was in vain: the shard is `gone` from now on, since it has
   * done nothing for too long, or has nothing to do any more. Throws the signal's reason.
   */
  async wait(size: number, pause: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#client;
    this.#progress ??= clock.now();
    const patience = this.#patience * (1 + size / BYTES_PER_PATIENCE);
    if (patience > 0) {
      await clock.sleep(Math.min(pause, patience), signal);
      await this.#look(signal);
    }
    const busy = this.#queues.some((queue) => queue.length > 0);
    if (this.#gone || (busy && clock.now() - this.#progress < patience)) return false;
    this.#gone = true;
    return true;
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (this.#client.clock.now() - this.#looked < LOOK_INTERVAL) return;
    this.#looking ??= this.#lookAtFront(signal).finally(() => {
      this.#looking = undefined;
      this.#looked = this.#client.clock.now();
    });
    await this.#looking;
  }

  async #lookAtFront(signal: AbortSignal): Promise<void> {
    const done = new Set<Sign>();
    const seen = this.#queues.flatMap((queue) => places(queue.length).flatMap((place) => queue[place] ?? []));
    await Promise.all(
      seen.map(async (sign) => {
        const blobs = await this.#blobsSeen(sign.image, signal);
        if (await this.#isThere(sign.image, signal)) done.add(sign);
        if (done.has(sign) || blobs > sign.blobs) this.progressed();
        sign.blobs = blobs;
      }),
    );
    this.#queues = this.#queues.map((queue) => queue.filter((sign) => !done.has(sign)));
  }

  async #isThere({ planned, target }: MissingImage, signal: AbortSignal): Promise<boolean> {
    const there = await quietly(signal, () =>
      this.#client.lookUpTarget(target.reference, { push: true }, signal),
    );
    return there?.digest === planned.digest;
  }

  /** Shared blobs that the image's shard owns come before an image that waits for others, and long before. */
  async #blobsSeen(image: MissingImage, signal: AbortSignal): Promise<number> {
    if (!this.#view.isLate(image)) return 0;
    const { planned, target } = image;
    const { registry } = target.reference.repository;
    const source = this.#client.source(planned.source);
    const blobs = await quietly(signal, () => blobsOf((digest) => source.manifest(digest), planned.digest));
    const seen = (blobs ?? []).map(async (blob) => {
      const home = this.#view.homeOf(this.#shard, registry, blob.digest);
      if (!home || !this.#view.owns(this.#shard, image, digestNumber(blob.digest))) return false;
      return await quietly(signal, () => this.#client.targetHasBlob(home, blob, signal));
    });
    return (await Promise.all(seen)).filter((there) => there === true).length;
  }
}

/** Places to look at in a queue: its front, and behind it ever fewer, since images that fail stay at the front for ever. */
function places(length: number): readonly number[] {
  const found: number[] = [];
  for (let place = 0; place < length; place = place < FRONT ? place + 1 : place * 2) found.push(place);
  return found;
}

/** What a registry does not show now is not there. Throws what is not a registry's failure, and the signal's reason. */
export async function quietly<T>(signal: AbortSignal, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}

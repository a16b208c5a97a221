import type { Descriptor, Digest, Repository } from '../oci/index.ts';
import { type BlobPlaces, type RegistryClient, RegistryError } from '../registry/index.ts';
import type { PlannedImage } from './plan.ts';
import { sideBySide } from './pool.ts';
import { digestNumber, type Shard } from './shard.ts';
import { blobsOf } from './shard-images.ts';
import { Peer, quietly } from './shard-peer.ts';
import type { MissingImage, ShardView } from './shard-view.ts';

/** What the places of blobs are found out from. */
export interface ShardSight {
  readonly shard: Shard;
  /** All that targets lack, in order. */
  readonly missing: readonly MissingImage[];
  /** Images that targets have. */
  readonly present: readonly PlannedImage[];
  readonly view: ShardView;
  readonly client: RegistryClient;
  /** Ends all. */
  readonly signal: AbortSignal;
  /** Manifests that are read at the same time. */
  readonly jobs: number;
  /** How long another shard may show no progress, in milliseconds. */
  readonly patience: number;
  /** Hears that a shard is not waited for any more. */
  readonly onGone: (shard: number) => void;
}

type Blob = Pick<Descriptor, 'digest' | 'size'>;

/** Pauses between looks for a blob, in milliseconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;

/** Where blobs are that other shards bring: at images that are there, or at the homes that shards have agreed upon unasked. */
export class ShardPlaces implements BlobPlaces {
  readonly #sight: ShardSight;
  readonly #peers = new Map<number, Peer>();
  /** By registry: the paths of repositories that have blobs, by their numbers. */
  readonly #present = new Map<string, Promise<ReadonlyMap<number, string>>>();

  constructor(sight: ShardSight) {
    this.#sight = sight;
  }

  home({ registry }: Repository, blob: Digest): string | undefined {
    return this.#sight.view.homeOf(this.#sight.shard.index, registry, blob)?.path;
  }

  async find({ registry }: Repository, blob: Blob, signal: AbortSignal): Promise<string | undefined> {
    const { view } = this.#sight;
    const number = digestNumber(blob.digest);
    // What is attached to images, nobody knows beforehand.
    if (!view.has(registry, number)) return undefined;
    const present = (await this.#presentOn(registry)).get(number);
    signal.throwIfAborted();
    return present ?? (await this.#findAtHomes(view.homes(registry, number), blob, signal));
  }

  async #findAtHomes(
    homes: readonly MissingImage[],
    blob: Blob,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { index } = this.#sight.shard;
    for (let pause = FIRST_PAUSE, looked = false; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const owner = homes.find(({ shard }) => shard === index || !this.#peer(shard).gone);
      const waiting = owner !== undefined && owner.shard !== index;
      // Whoever does not wait any more, or never did, may have sent it: before it is sent here, every home is looked at.
      const found = await this.#look(waiting && looked ? [owner] : homes, blob, signal);
      if (found) {
        if (found.shard !== index) this.#peer(found.shard).progressed();
        return found.target.reference.repository.path;
      }
      if (!waiting) return undefined;
      looked = true;
      const peer = this.#peer(owner.shard);
      if (peer.gone) continue;
      if (await peer.wait(blob.size, pause, signal)) this.#sight.onGone(owner.shard);
    }
  }

  /** The first of some homes that has a blob; one's own was looked at before. */
  async #look(
    homes: readonly MissingImage[],
    blob: Blob,
    signal: AbortSignal,
  ): Promise<MissingImage | undefined> {
    const { client, shard } = this.#sight;
    const others = homes.filter((home) => home.shard !== shard.index);
    const there = await Promise.all(
      others.map(({ target }) =>
        quietly(signal, () => client.targetHasBlob(target.reference.repository, blob, signal)),
      ),
    );
    return others.find((_, at) => there[at] === true);
  }

  #peer(shard: number): Peer {
    let peer = this.#peers.get(shard);
    if (!peer) {
      const { missing, view, client, patience } = this.#sight;
      const images = missing.filter((image) => image.shard === shard);
      peer = new Peer(shard, images, view, { client, patience });
      this.#peers.set(shard, peer);
    }
    return peer;
  }

  #presentOn(registry: string): Promise<ReadonlyMap<number, string>> {
    let reading = this.#present.get(registry);
    if (!reading) {
      reading = this.#readPresent(registry);
      this.#present.set(registry, reading);
    }
    return reading;
  }

  /** Of what is there only that is kept which some missing image needs. */
  async #readPresent(registry: string): Promise<ReadonlyMap<number, string>> {
    const { present, view, client, signal, jobs } = this.#sight;
    const paths = new Map<number, string>();
    const near = present.filter(({ place }) => place.registry === registry);
    const results = await sideBySide(near, jobs, async ({ place, digest }) => {
      const read = async (wanted: Digest): Promise<Manifest> =>
        await readManifest(client, place, wanted, signal);
      for (const blob of (await quietly(signal, () => blobsOf(read, digest))) ?? []) {
        const number = digestNumber(blob.digest);
        if (view.has(registry, number)) paths.set(number, place.path);
      }
    });
    signal.throwIfAborted();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return paths;
  }
}

type Manifest = Awaited<ReturnType<ReturnType<RegistryClient['source']>['manifest']>>;

async function readManifest(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
  signal: AbortSignal,
): Promise<Manifest> {
  const found = await client.targetReader(repository).manifest({ tag: undefined, digest }, signal);
  if (found) return found;
  throw new RegistryError({ repository, operation: `read manifest ${digest}`, status: 404 });
}

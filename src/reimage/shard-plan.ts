import type { BlobPlaces, Copier } from '../registry/index.ts';
import type { RunContext, RunOptions } from './options.ts';
import type { PlannedImage } from './plan.ts';
import { sideBySide } from './pool.ts';
import { digestNumber, inShard, type Shard } from './shard.ts';
import { blobsOf } from './shard-images.ts';
import { ShardPlaces } from './shard-places.ts';
import { type MissingImage, missingImages, ShardView } from './shard-view.ts';

/** What a shard copies, and how it keeps out of the way of the others. */
export interface ShardPlan {
  /** The images of this shard, in the order in which they are to be copied: those that wait for others come last. */
  readonly mine: readonly PlannedImage[];
  /** What the others do; undefined when there is nothing to copy. */
  readonly sharing: Sharing | undefined;
}

/** How the copies of one shard and those of others become what one process would do. */
export class Sharing {
  /** For the shard's copier. */
  readonly elsewhere: BlobPlaces;
  readonly #shard: Shard;
  readonly #view: ShardView;
  readonly #late: readonly MissingImage[];
  readonly #context: Pick<RunContext, 'client' | 'signal'>;
  readonly #jobs: number;
  readonly #lateNames: ReadonlySet<PlannedImage>;
  #sending: Promise<void> | undefined;

  /** `late` are the shard's images that wait for others. */
  constructor(
    shard: Shard,
    view: ShardView,
    late: readonly MissingImage[],
    elsewhere: BlobPlaces,
    context: Pick<RunContext, 'client' | 'signal'>,
    jobs: number,
  ) {
    this.#shard = shard;
    this.#view = view;
    this.#late = late;
    this.#lateNames = new Set(late.map(({ planned }) => planned));
    this.elsewhere = elsewhere;
    this.#context = context;
    this.#jobs = jobs;
  }

  /**
   * To be awaited before each copy. What others wait for is sent before this shard waits for anything itself: two
   * shards that waited for each other would only lose time. Throws the signal's reason.
   */
  async ready(image: PlannedImage, copier: Copier): Promise<void> {
    if (!this.#lateNames.has(image)) return;
    this.#sending ??= this.#sendOwn(copier);
    await this.#sending;
  }

  /** The blobs of images that wait which others wait for in turn. What fails will fail again, with the image. */
  async #sendOwn(copier: Copier): Promise<void> {
    const { client, signal } = this.#context;
    await sideBySide(this.#late, this.#jobs, async (image) => {
      const { planned, target, blobs: numbers } = image;
      const owned = new Set(numbers.filter((blob) => this.#view.owns(this.#shard.index, image, blob)));
      if (owned.size === 0) return;
      const source = client.source(planned.source);
      const origin = client.target(target.reference.repository);
      const blobs = await blobsOf((digest) => source.manifest(digest), planned.digest);
      const wanted = blobs.filter(({ digest }) => owned.has(digestNumber(digest)));
      await Promise.all(wanted.map((blob) => copier.place(source, origin, blob, signal)));
    });
    signal.throwIfAborted();
  }
}

/**
 * Divides planned images of a whole mapping among shards. A shard that has something to copy reads the manifests of
 * all that targets lack, so that it knows which blobs other shards need too. Throws the signal's reason.
 */
export async function planShard(
  images: readonly PlannedImage[],
  shard: Shard,
  { jobs, shardPatience: patience }: Pick<RunOptions, 'jobs' | 'shardPatience'>,
  context: Pick<RunContext, 'client' | 'signal' | 'log'>,
): Promise<ShardPlan> {
  const { client, signal, log } = context;
  const mine = images.filter(({ digest }) => inShard(digest, shard));
  if (!mine.some(({ action }) => action === 'copy')) return { mine, sharing: undefined };
  const missing = await readMissing(images, shard, jobs, context);
  const view = new ShardView(missing);
  const own = missing.filter((image) => image.shard === shard.index);
  const late = own.filter((image) => view.isLate(image));
  const elsewhere = new ShardPlaces({
    shard,
    missing,
    present: images.filter(({ action }) => action === 'present'),
    view,
    client,
    signal,
    jobs,
    patience,
    onGone: (other) =>
      log.warn('a shard shows no progress: what it was to send is sent here', { shard: other }),
  });
  log.info('shard', {
    shard: `${shard.index}/${shard.count}`,
    images: mine.length,
    toCopy: own.length,
    late: late.length,
  });
  const waits = new Set(late.map(({ planned }) => planned));
  const firsts = new Set(own.map(({ planned }) => planned).filter((planned) => !waits.has(planned)));
  return {
    mine: [...mine.filter((planned) => !waits.has(planned) && !firsts.has(planned)), ...firsts, ...waits],
    sharing: new Sharing(shard, view, late, elsewhere, context, jobs),
  };
}

async function readMissing(
  images: readonly PlannedImage[],
  shard: Shard,
  jobs: number,
  { client, signal, log }: Pick<RunContext, 'client' | 'signal' | 'log'>,
): Promise<readonly MissingImage[]> {
  const missing = missingImages(images, shard);
  const results = await sideBySide(missing, jobs, async ({ planned: { source, digest } }) => {
    const read = client.source(source);
    return await blobsOf((wanted) => read.manifest(wanted), digest);
  });
  signal.throwIfAborted();
  return missing.map((image, at) => {
    const result = results[at];
    if (result?.status === 'rejected')
      // Its own shard will say so; what it has in common with others is not known.
      log.debug('not readable', { image: image.planned.image.text, reason: String(result.reason) });
    const blobs = result?.status === 'fulfilled' ? result.value : [];
    return { ...image, blobs: Float64Array.from(blobs, ({ digest }) => digestNumber(digest)) };
  });
}

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

/** What a shard knows of its own part. */
interface OwnPart {
  readonly shard: Shard;
  readonly view: ShardView;
  /** The shard's images that wait for others. */
  readonly late: readonly MissingImage[];
  readonly jobs: number;
  readonly context: Pick<RunContext, 'client' | 'signal'>;
}

/** How the copies of one shard and those of others become what one process would do. */
export class Sharing {
  /** For the shard's copier. */
  readonly elsewhere: BlobPlaces;
  readonly #own: OwnPart;
  readonly #late: ReadonlySet<PlannedImage>;
  #sending: Promise<void> | undefined;

  constructor(elsewhere: BlobPlaces, own: OwnPart) {
    this.elsewhere = elsewhere;
    this.#own = own;
    this.#late = new Set(own.late.map(({ planned }) => planned));
  }

  /**
   * To be awaited before each copy. What others wait for is sent before this shard waits for anything itself: two
   * shards that waited for each other would only lose time. Throws the signal's reason.
   */
  async ready(image: PlannedImage, copier: Copier): Promise<void> {
    if (!this.#late.has(image)) return;
    this.#sending ??= this.#sendOwn(copier);
    await this.#sending;
  }

  /** The blobs of images that wait which others wait for in turn. What fails will fail again, with the image. */
  async #sendOwn(copier: Copier): Promise<void> {
    const { shard, view, late, jobs, context } = this.#own;
    const { client, signal } = context;
    await sideBySide(late, jobs, async (image) => {
      const { planned, target, blobs: numbers } = image;
      const owned = new Set(numbers.filter((blob) => view.owns(shard.index, image, blob)));
      if (owned.size === 0) return;
      const source = client.source(planned.source);
      const origin = client.target(target.reference.repository);
      const blobs = await blobsOf((digest) => source.manifest(digest), planned.digest);
      const wanted = blobs.filter(({ digest }) => owned.has(digestNumber(digest)));
      await Promise.allSettled(wanted.map((blob) => copier.place(source, origin, blob, signal)));
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
  {
    jobs,
    shardPatience: patience,
    dryRun,
    plan,
  }: Pick<RunOptions, 'jobs' | 'shardPatience' | 'dryRun' | 'plan'>,
  context: Pick<RunContext, 'client' | 'signal' | 'log'>,
): Promise<ShardPlan> {
  const { client, signal, log } = context;
  const mine = images.filter(({ digest }) => inShard(digest, shard));
  const idle = dryRun || plan || !mine.some(({ action }) => action === 'copy');
  if (idle) return { mine, sharing: undefined };
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
    late: late.length,
  });
  const waits = new Set(late.map(({ planned }) => planned));
  const firsts = new Set(own.map(({ planned }) => planned).filter((planned) => !waits.has(planned)));
  return {
    mine: [...mine.filter((planned) => !waits.has(planned) && !firsts.has(planned)), ...firsts, ...waits],
    sharing: new Sharing(elsewhere, { shard, view, late, jobs, context }),
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
    const blobs = await blobsOf((wanted) => read.manifest(wanted), digest);
    // Of tens of thousands of images only this is kept.
    return Float64Array.from(blobs, (blob) => digestNumber(blob.digest));
  });
  signal.throwIfAborted();
  return missing.map((image, at) => {
    const result = results[at];
    if (result?.status === 'rejected')
      // Its own shard will say so; what it has in common with others is not known.
      log.debug('not readable', { image: image.planned.image.text, reason: String(result.reason) });
    return { ...image, blobs: result?.status === 'fulfilled' ? result.value : new Float64Array() };
  });
}

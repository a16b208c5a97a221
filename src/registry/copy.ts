import {
  type Descriptor,
  type Digest,
  isForeignLayerType,
  isImageType,
  isIndexType,
  type Repository,
} from '../oci/index.ts';
import { BlobCopier, type CopyProgress } from './blob-copy.ts';
import type { BlobPlaces } from './blob-places.ts';
import { RegistryError } from './errors.ts';
import type { PresentImage } from './neighbours.ts';
import type { Origin } from './origin.ts';
import { type FetchedManifest, fetchManifest, resolveAt, type TagOrDigest } from './pull.ts';
import type { PullSource } from './pull-source.ts';
import { AttachedFinder, hasLayersOf, ReferrersTagWriter } from './referrers.ts';
import { SingleFlight, together } from './single-flight.ts';

/** One image to bring to a target; the digest says which, the tag only what it shall be called there. */
export interface CopyJob {
  readonly source: PullSource;
  readonly digest: Digest;
  readonly target: Origin;
  readonly tag: string | undefined;
  /** True when the target was seen to have this digest under this name already. */
  readonly present: boolean;
}

export interface CopierOptions {
  /** False leaves signatures and other attached content behind. */
  readonly referrers: boolean;
  /** Images that targets have already, whose layers can be mounted from there. */
  readonly present?: readonly PresentImage[];
  /** What other copiers do at the same time; without it there are none. */
  readonly elsewhere?: BlobPlaces | undefined;
  /** Counts what is moved. */
  readonly progress: CopyProgress;
  /** Hears of what is passed over, in a sentence. */
  readonly onNotice: (text: string) => void;
}

/** Copies image trees by digest: children first, then what is attached, the tag last. One copier serves a whole run. */
export class Copier {
  readonly #options: CopierOptions;
  readonly #blobs: BlobCopier;
  readonly #pushes = new SingleFlight<void>();
  readonly #referrersTags = new ReferrersTagWriter();

  constructor(options: CopierOptions) {
    this.#options = options;
    this.#blobs = new BlobCopier(options.progress, options.present ?? [], options.elsewhere);
  }

  /** Makes the target have the image, whole. Throws `RegistryError`, or the signal's reason. */
  async copy(job: CopyJob, signal: AbortSignal): Promise<void> {
    if (sameRepository(job.source.primary, job.target)) {
      await this.#tagOnly(job, signal);
      return;
    }
    const finder = this.#options.referrers ? new AttachedFinder(job.source, signal) : undefined;
    if (job.present) {
      if (finder) await this.#refreshAttached(job, finder, signal);
      return;
    }
    const tree = new Set<Digest>();
    // While layers are moved it can be found out what is attached; a failure is met below.
    finder?.find(job.digest).catch(() => undefined);
    const root = await this.#copyContent(job, job.digest, tree, signal);
    if (finder && (await this.#hasAttached([...tree], finder))) {
      // What is attached should find what it is attached to, while the tag still waits for both.
      await this.#put(job.target, { tag: undefined, digest: job.digest }, root, signal);
      await this.#copyAttached(job, [...tree], finder, signal);
      if (job.tag === undefined) return;
    }
    await this.#put(job.target, { tag: job.tag, digest: job.digest }, root, signal);
  }

  /** Makes the target have a blob, for an image that will be copied. Throws `RegistryError`, or the signal's reason. */
  async place(source: PullSource, target: Origin, blob: Descriptor, signal: AbortSignal): Promise<void> {
    await this.#blobs.place(source, target, blob, signal);
  }

  /** An image that is there and whole is no failure because its source cannot say what was attached since. */
  async #refreshAttached(job: CopyJob, finder: AttachedFinder, signal: AbortSignal): Promise<void> {
    try {
      await this.#copyAttached(job, [job.digest], finder, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof RegistryError)) throw error;
      this.#options.onNotice(
        `what was attached since to an image that is there may be missing: ${error.message}`,
      );
    }
  }

  /** In the same repository everything is there but the name. */
  async #tagOnly({ source, digest, target, tag, present }: CopyJob, signal: AbortSignal): Promise<void> {
    if (present || tag === undefined) return;
    await this.#put(target, { tag, digest }, await source.manifest(digest), signal);
  }

  /** Brings everything below a manifest, but not the manifest itself; collects the digests of the tree. */
  async #copyContent(
    job: CopyJob,
    digest: Digest,
    tree: Set<Digest>,
    signal: AbortSignal,
  ): Promise<FetchedManifest> {
    tree.add(digest);
    const fetched = await job.source.manifest(digest);
    const { manifest } = fetched;
    if (manifest.kind === 'index') {
      await together(manifest.manifests, signal, (child, ended) => this.#copyChild(job, child, tree, ended));
    } else if (manifest.kind === 'image') {
      const blobs = unique([manifest.config, ...manifest.layers]);
      await together(blobs, signal, (blob, ended) => this.#copyBlob(job, blob, ended));
    }
    return fetched;
  }

  async #copyChild(job: CopyJob, child: Descriptor, tree: Set<Digest>, signal: AbortSignal): Promise<void> {
    const known = isIndexType(child.mediaType) || isImageType(child.mediaType);
    if (known || (await isManifest(job.source, child.digest))) {
      await this.#copyTree(job, child.digest, tree, signal);
    } else {
      await this.#copyBlob(job, child, signal);
    }
  }

  /** Brings a manifest and everything below it, pushed by digest. */
  async #copyTree(job: CopyJob, digest: Digest, tree: Set<Digest>, signal: AbortSignal): Promise<void> {
    const fetched = await this.#copyContent(job, digest, tree, signal);
    await this.#put(job.target, { tag: undefined, digest }, fetched, signal);
  }

  async #copyBlob({ source, target }: CopyJob, blob: Descriptor, signal: AbortSignal): Promise<void> {
    if (isForeignLayerType(blob.mediaType) || blob.urls !== undefined) {
      this.#options.onNotice(`layer ${blob.digest} may not be redistributed and stays where its URLs say`);
      return;
    }
    await this.#blobs.place(source, target, blob, signal);
  }

  async #put(
    target: Origin,
    wanted: TagOrDigest,
    fetched: FetchedManifest,
    signal: AbortSignal,
  ): Promise<void> {
    const key = `${target.host.registry}/${target.repository.path}:${wanted.tag ?? ''}@${fetched.digest}`;
    await this.#pushes.do(key, signal, async () => {
      await this.#referrersTags.put(target, wanted, fetched, signal);
      this.#options.progress.manifestsPushed++;
    });
  }

  async #hasAttached(tree: readonly Digest[], finder: AttachedFinder): Promise<boolean> {
    const found = await Promise.all(tree.map((digest) => finder.find(digest)));
    return found.some(({ referrers, tags }) => referrers.length > 0 || tags.length > 0);
  }

  /** Copies what is attached to manifests, and what is attached to that; nothing twice, since referrers may form rings. */
  async #copyAttached(
    job: CopyJob,
    digests: readonly Digest[],
    finder: AttachedFinder,
    signal: AbortSignal,
  ): Promise<void> {
    const seen = new Set(digests);
    let next = [...digests];
    while (next.length > 0) {
      const found = await Promise.all(next.map((digest) => finder.find(digest)));
      const referrers = [...new Set(found.flatMap((attached) => attached.referrers))].filter(
        (digest) => !seen.has(digest),
      );
      const tags = [...new Set(found.flatMap((attached) => attached.tags))];
      for (const digest of referrers) seen.add(digest);
      await together(referrers, signal, (digest, ended) => this.#copyReferrer(job, digest, ended));
      await together(tags, signal, (tag, ended) => this.#copyDigestTag(job, tag, ended));
      next = referrers;
    }
  }

  async #copyReferrer(job: CopyJob, digest: Digest, signal: AbortSignal): Promise<void> {
    if (await resolveAt(job.target, { tag: undefined, digest }, signal)) return;
    await this.#copyTree(job, digest, new Set(), signal);
  }

  async #copyDigestTag(job: CopyJob, tag: string, signal: AbortSignal): Promise<void> {
    const wanted = { tag, digest: undefined };
    const [there, here] = await Promise.all([
      resolveAt(job.target, wanted, signal),
      this.#digestTag(job, tag, signal),
    ]);
    if (here === undefined || there?.digest === here) return;
    if (there) {
      const theirs = await job.source.manifest(here);
      const held = await fetchManifest(job.target, { tag: undefined, digest: there.digest }, signal);
      // The target's own signatures may be beside those of the source.
      if (held && hasLayersOf(held.manifest, theirs.manifest)) return;
      const name = `${job.target.repository.registry}/${job.target.repository.path}:${tag}`;
      this.#options.onNotice(`${name} stays as it is: it holds ${there.digest} and the source ${here}`);
      return;
    }
    const fetched = await this.#copyContent(job, here, new Set(), signal);
    await this.#put(job.target, { tag, digest: here }, fetched, signal);
  }

  /** Registries that hide a repository's tags answer for one that is not there with a refusal. */
  async #digestTag({ source }: CopyJob, tag: string, signal: AbortSignal): Promise<Digest | undefined> {
    try {
      return (await resolveAt(source.answering, { tag, digest: undefined }, signal))?.digest;
    } catch (error) {
      if (error instanceof RegistryError && (error.status === 401 || error.status === 403)) return undefined;
      throw error;
    }
  }
}

/** An entry of unknown type may be either; most are manifests. */
async function isManifest(source: PullSource, digest: Digest): Promise<boolean> {
  try {
    await source.manifest(digest);
    return true;
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return false;
    throw error;
  }
}

function sameRepository(
  a: { host: unknown; repository: Repository },
  b: { host: unknown; repository: Repository },
): boolean {
  return a.host === b.host && a.repository.path === b.repository.path;
}

function unique(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

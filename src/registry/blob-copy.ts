import { buffer } from 'node:stream/consumers';
import type { Descriptor, Digest } from '../oci/index.ts';
import { digestAlgorithm, digestOf } from '../oci/index.ts';
import { within } from '../http/index.ts';
import type { BlobPlaces } from './blob-places.ts';
import { Neighbours, type PresentImage } from './neighbours.ts';
import type { Origin } from './origin.ts';
import type { PullSource } from './pull-source.ts';
import { hasBlob, mountBlob, pushBlob } from './push.ts';
import { SingleFlight } from './single-flight.ts';
import type { Release } from './lane.ts';
import type { UploadSession } from './upload.ts';

/** What a run has moved; bytes are those of blobs sent. */
export interface CopyProgress {
  bytes: number;
  totalBytes: number;
  blobsSent: number;
  blobsMounted: number;
  blobsPresent: number;
  manifestsPushed: number;
}

/** Nothing moved yet. */
export function startOfCopy(): CopyProgress {
  return { bytes: 0, totalBytes: 0, blobsSent: 0, blobsMounted: 0, blobsPresent: 0, manifestsPushed: 0 };
}

/** How far a blob has come: there, linked, or what an upload of it can begin with. */
type Start = 'present' | 'mounted' | UploadSession | undefined;

/** Below this many bytes a blob is sent without asking first whether it is there. */
const SMALL = 64 * 1024;

/** Brings blobs to target repositories, each at most once to a host: where the host has it already, it is mounted. */
export class BlobCopier {
  readonly #progress: CopyProgress;
  readonly #neighbours: Neighbours;
  readonly #elsewhere: BlobPlaces | undefined;
  /** Per target repository and digest: the blob is, or is about to be, there. */
  readonly #placed = new SingleFlight<void>();
  /** Per target host and digest: the path of the repository that got it first. */
  readonly #homes = new Map<string, Promise<string>>();

  /** `elsewhere` knows what other copiers do; without it there are none. */
  constructor(progress: CopyProgress, present: readonly PresentImage[], elsewhere?: BlobPlaces) {
    this.#progress = progress;
    this.#neighbours = new Neighbours(present);
    this.#elsewhere = elsewhere;
  }

  /** Makes a blob be in the target repository. Throws `RegistryError`. */
  async place(source: PullSource, target: Origin, blob: Descriptor, signal: AbortSignal): Promise<void> {
    const { repository } = target;
    const home = this.#elsewhere?.home(repository, blob.digest);
    if (home !== undefined && home !== repository.path) {
      try {
        await this.place(source, { ...target, repository: { ...repository, path: home } }, blob, signal);
      } catch {
        // What is wrong with that repository is told by the image that it is for.
        signal.throwIfAborted();
      }
    }
    const key = `${target.host.registry}/${target.repository.path}@${blob.digest}`;
    await this.#placed.do(key, signal, () => this.#place(source, target, blob, signal));
  }

  async #place(source: PullSource, target: Origin, blob: Descriptor, signal: AbortSignal): Promise<void> {
    const { host, repository } = target;
    const key = `${host.registry}@${blob.digest}`;
    for (;;) {
      const home = this.#homes.get(key);
      if (!home) break;
      // The first bearer may fail for reasons of its own; the next one then takes its place.
      const from = await within(
        home.catch(() => undefined),
        signal,
      );
      if (from === repository.path) return;
      if (from !== undefined) return await this.#bring(source, target, blob, from, signal);
    }
    const own = source.primary.host === host ? source.primary.repository.path : undefined;
    const bringing = this.#bring(source, target, blob, own, signal, true).then(() => repository.path);
    this.#homes.set(key, bringing);
    bringing.catch(() => this.#homes.delete(key));
    await bringing;
  }

  async #bring(
    source: PullSource,
    target: Origin,
    blob: Descriptor,
    from: string | undefined,
    signal: AbortSignal,
    first = false,
  ): Promise<void> {
    if (from === target.repository.path) return void this.#progress.blobsPresent++;
    let start: Start = from === undefined ? undefined : await mountBlob(target, blob, from, signal);
    if (start === undefined && first && this.#elsewhere)
      start = await this.#findElsewhere(this.#elsewhere, target, blob, signal);
    else if (start === undefined && blob.size > SMALL) start = await this.#find(target, blob, signal);
    if (start === 'mounted') this.#progress.blobsMounted++;
    else if (start === 'present') this.#progress.blobsPresent++;
    else await this.#send(source, target, blob, start, signal);
  }

  /** Looks for a large blob wherever the target host may have it, in as few requests as the host allows. */
  async #find(target: Origin, blob: Descriptor, signal: AbortSignal): Promise<Start> {
    const { facts } = target.host;
    if (facts.anonymousMounts !== 'honoured' && (await hasBlob(target, blob, signal))) return 'present';
    const from = await this.#neighbours.find(target.host, blob.digest, signal);
    return await mountBlob(target, blob, from, signal);
  }

  /** Among several copiers a blob of any size is looked for before it is sent. */
  async #findElsewhere(
    elsewhere: BlobPlaces,
    target: Origin,
    blob: Descriptor,
    signal: AbortSignal,
  ): Promise<Start> {
    if (await hasBlob(target, blob, signal)) return 'present';
    const from = await elsewhere.find(target.repository, blob, signal);
    return await mountBlob(target, blob, from, signal);
  }

  async #send(
    source: PullSource,
    target: Origin,
    blob: Descriptor,
    session: UploadSession | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const progress = this.#progress;
    progress.totalBytes += blob.size;
    const onBytes = (bytes: number): void => void (progress.bytes += bytes);
    try {
      if (blob.size <= SMALL) {
        const content = inlineData(blob) ?? (await buffer(source.blob(blob, signal)));
        await pushBlob(target, blob, content, { session, onBytes, signal });
      } else {
        const release = await acquireBoth(source.primary, target, blob.size, signal);
        try {
          const read = (): AsyncIterable<Uint8Array> => source.blob(blob, signal);
          await pushBlob(target, blob, read, { session, onBytes, signal });
        } finally {
          release();
        }
      }
      progress.blobsSent++;
    } catch (error) {
      progress.totalBytes -= blob.size;
      throw error;
    }
  }
}

/** A turn at both ends, always in the same order of hosts: two copies in opposite directions must not wait for each other. */
async function acquireBoth(
  source: Origin,
  target: Origin,
  size: number,
  signal: AbortSignal,
): Promise<Release> {
  if (source.host === target.host) return await target.host.throttle.acquireTransfer(size, signal);
  const [first, second] =
    source.host.registry < target.host.registry ? [source.host, target.host] : [target.host, source.host];
  const releaseFirst = await first.throttle.acquireTransfer(size, signal);
  try {
    const releaseSecond = await second.throttle.acquireTransfer(size, signal);
    return () => {
      releaseSecond();
      releaseFirst();
    };
  } catch (error) {
    releaseFirst();
    throw error;
  }
}

/** Content that the descriptor carries itself, where it is what the digest says. */
function inlineData({ data, digest, size }: Descriptor): Uint8Array | undefined {
  if (data === undefined) return undefined;
  const bytes = Buffer.from(data, 'base64');
  const actual: Digest = digestOf(bytes, digestAlgorithm(digest));
  return bytes.byteLength === size && actual === digest ? bytes : undefined;
}

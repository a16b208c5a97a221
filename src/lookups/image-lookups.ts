import { toError } from '../http/index.ts';
import type { Puller } from '../kubernetes/index.ts';
import { type Digest, NameError, parseReference, type Reference } from '../oci/index.ts';
import type { RateLimit } from '../registry/index.ts';
import type { LookupResult } from './attempt.ts';
import type { Failure } from './failure.ts';
import { FactStore } from './fact-store.ts';
import type { ImageFacts } from './facts.ts';
import { FirstRound } from './first-round.ts';
import { ImageEntry, INVALID, normalName } from './image-entry.ts';
import type { FailureReason, LookupReason, LookupStatus } from './lookup-status.ts';
import { ReasonCounts } from './reason-counts.ts';
import { Refresher, type RefreshOptions } from './refresher.ts';
import { Tally } from './tally.ts';

/** A look-up that failed, for people. */
export interface FailedLookup {
  /** The image's one name, nothing left to defaults; of an invalid one, its text. */
  readonly name: string;
  /** As workloads write it. */
  readonly texts: readonly string[];
  readonly reason: FailureReason;
  readonly error: Error;
}

export interface ImageLookupsOptions extends RefreshOptions {
  /**
   * Called within `add` for the first user of a text, and for all texts of an image when a look-up ended. The
   * reference is what the text says, undefined where it is none.
   */
  readonly onStatus: (image: string, status: LookupStatus, reference: Reference | undefined) => void;
  /** The last user of a text has left. */
  readonly onStatusGone: (image: string) => void;
  /** Before the status of the first reference that points there. */
  readonly onFacts: (facts: ImageFacts) => void;
  /** After the status of the last reference that pointed there. */
  readonly onFactsGone: (digest: Digest) => void;
  /** Once for each new failure, not for its repetitions. */
  readonly onFailure: (failure: FailedLookup) => void;
  readonly onRecovered: (name: string) => void;
  readonly onFirstRound: () => void;
}

export interface LookupStats {
  /** References that wait for a place at their host, or for the end of its pause. */
  readonly queued: number;
  readonly inFlight: number;
  /** How long the most overdue one waits, in milliseconds. */
  readonly lagMs: number;
  readonly references: number;
  readonly digests: number;
  /** Texts by the present state of their image. */
  readonly images: Readonly<Record<LookupReason, number>>;
  readonly factHits: number;
  readonly factMisses: number;
}

/** An image as workloads write it. */
interface Written {
  readonly entry: ImageEntry;
  readonly reference: Reference;
}

const FIRST_ROUND_LIMIT = 60_000;

/** The images of a cluster: which are known, under which texts, and what is kept of each. */
export class ImageLookups {
  readonly #options: ImageLookupsOptions;
  readonly #byText = new Map<string, Written>();
  readonly #byName = new Map<string, ImageEntry>();
  readonly #invalid = new Tally<string>();
  readonly #hosts = new Tally<string>();
  readonly #counts = new ReasonCounts();
  readonly #store: FactStore;
  readonly #refresher: Refresher;
  readonly #round: FirstRound<ImageEntry>;

  constructor(options: ImageLookupsOptions) {
    this.#options = options;
    this.#store = new FactStore(options);
    this.#refresher = new Refresher({
      ...options,
      store: this.#store,
      entries: () => this.#byName.values(),
      onResult: (entry, result) => this.#keep(entry, result),
      onHeldBack: (entry) => this.#setStatus(entry, { ...entry.status, reason: 'rate_limited' }),
    });
    this.#round = new FirstRound(options.clock, options.onFirstRound);
    options.signal.addEventListener('abort', () => this.#round.stop(), { once: true });
  }

  /** One more user of an image; the first one has it looked up. */
  add(image: string, puller: Puller): void {
    const known = this.#byText.get(image);
    if (known) {
      this.#addUser(known, image, puller);
      return;
    }
    const reference = this.#invalid.has(image) ? undefined : referenceOf(image);
    if (reference !== undefined && !(reference instanceof Error)) {
      this.#addUser({ entry: this.#entry(reference), reference }, image, puller);
      return;
    }
    this.#invalid.add(image);
    if (reference === undefined) return;
    this.#counts.move(undefined, 'invalid_reference');
    this.#options.onStatus(image, INVALID, undefined);
    this.#options.onFailure({ name: image, texts: [image], reason: 'invalid_reference', error: reference });
  }

  /** One user less; with the last one, what is known of the image goes. */
  remove(image: string, puller: Puller): void {
    const entry = this.#byText.get(image)?.entry;
    if (!entry) {
      if (this.#invalid.remove(image)) this.#forgetText(image, 'invalid_reference');
      return;
    }
    entry.pullers.remove(puller);
    if (!entry.texts.remove(image)) return;
    this.#byText.delete(image);
    this.#forgetText(image, entry.status.reason);
    if (!entry.used) this.#evict(entry);
  }

  /** From now on it is watched whether all that is known has been tried once; `limit` in milliseconds, a minute when not given. */
  armFirstRound(limit: number = FIRST_ROUND_LIMIT): void {
    const pending = [...this.#byName.values()].filter(({ status }) => status.reason === 'pending');
    this.#round.begin(pending, limit);
  }

  /** True when all images that were known when the round was armed have been tried, or their hosts could not be; or its time is over. */
  get firstRoundDone(): boolean {
    return this.#round.done;
  }

  /** Takes in what a registry told of its limit of pulls. */
  noteRateLimit(host: string, limit: RateLimit): void {
    if (this.#hosts.has(host)) this.#refresher.noteRateLimit(host, limit);
  }

  stats(): LookupStats {
    const now = this.#options.clock.now();
    return {
      queued: this.#refresher.queued,
      inFlight: this.#refresher.inFlight,
      lagMs: Math.max(0, now - (this.#refresher.oldest ?? now)),
      references: this.#byName.size,
      digests: this.#store.size,
      images: this.#counts.all,
      factHits: this.#store.hits,
      factMisses: this.#store.misses,
    };
  }

  #entry(reference: Reference): ImageEntry {
    const name = normalName(reference);
    const known = this.#byName.get(name);
    if (known) return known;
    const entry = new ImageEntry(reference);
    this.#byName.set(name, entry);
    this.#hosts.add(entry.host);
    if (this.#refresher.isPaused(entry.host)) entry.status = { ...entry.status, reason: 'rate_limited' };
    this.#refresher.add(entry);
    return entry;
  }

  #addUser(written: Written, image: string, puller: Puller): void {
    const { entry, reference } = written;
    if (entry.texts.add(image)) {
      this.#byText.set(image, written);
      this.#counts.move(undefined, entry.status.reason);
      this.#options.onStatus(image, entry.status, reference);
    }
    if (entry.pullers.add(puller)) this.#refresher.newPuller(entry);
  }

  #forgetText(image: string, reason: LookupReason): void {
    this.#counts.move(reason, undefined);
    this.#options.onStatusGone(image);
  }

  #evict(entry: ImageEntry): void {
    this.#byName.delete(entry.name);
    this.#refresher.delete(entry);
    this.#round.settle(entry);
    if (entry.status.digest !== undefined) this.#store.release(entry.status.digest);
    if (this.#hosts.remove(entry.host)) this.#refresher.forgetHost(entry.host);
  }

  /** Takes in what a look-up came to; all that hear of it do so in this order, and nothing comes between. */
  #keep(entry: ImageEntry, { digest: found, content, failure }: LookupResult): void {
    const now = this.#options.clock.now();
    const before = entry.status;
    const digest = found ?? before.digest;
    const moved = digest !== before.digest;
    if (digest !== undefined && moved) this.#store.retain(digest);
    if (digest !== undefined && content !== undefined) this.#store.provide(digest, content);
    this.#setStatus(entry, {
      reason: failure?.reason ?? 'ok',
      digest,
      lastLookup: now,
      lastSuccess: failure ? before.lastSuccess : now,
      changes: before.changes + (moved && before.digest !== undefined ? 1 : 0),
    });
    if (moved && before.digest !== undefined) this.#store.release(before.digest);
    this.#report(entry, failure);
  }

  #setStatus(entry: ImageEntry, status: LookupStatus): void {
    const { reason } = entry.status;
    entry.status = status;
    for (const text of entry.texts) {
      this.#counts.move(reason, status.reason);
      this.#options.onStatus(text, status, this.#byText.get(text)?.reference);
    }
    this.#round.settle(entry);
  }

  #report(entry: ImageEntry, failure: Failure | undefined): void {
    const { name, texts, reported } = entry;
    const reason = failure?.reason;
    if (reason === reported) return;
    entry.reported = reason;
    if (reason === undefined) this.#options.onRecovered(name);
    else {
      const error = toError(failure?.error);
      this.#options.onFailure({ name, texts: [...texts], reason, error });
    }
  }
}

function referenceOf(image: string): Reference | NameError {
  try {
    return parseReference(image);
  } catch (error) {
    if (error instanceof NameError) return error;
    throw error;
  }
}

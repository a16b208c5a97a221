import type { RateLimit } from '../registry/index.ts';
import { RegistryError, WithheldError } from '../registry/index.ts';
import { Alarm } from './alarm.ts';
import { attempt, type AttemptOptions, type LookupResult } from './attempt.ts';
import type { Failure } from './failure.ts';
import { CredentialWatch } from './credential-watch.ts';
import { DueQueue } from './due-queue.ts';
import type { FactStore } from './fact-store.ts';
import type { ImageEntry } from './image-entry.ts';
import { type Ending, LookupQueue } from './lookup-queue.ts';
import type { LookupReason } from './lookup-status.ts';
import { PullQuota, PutOffError } from './pull-quota.ts';
import { isPassing, nextLookup } from './schedule.ts';

/** How images are looked up. */
export interface RefreshOptions extends Omit<AttemptOptions, 'store' | 'quota'> {
  /** How long a tag is believed, in milliseconds. */
  readonly cacheDuration: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** Look-ups kept at work at one host; 20 when not given. */
  readonly hostWidth?: number;
  /** Look-ups at one time over all hosts; 256 when not given. */
  readonly overall?: number;
  /** Milliseconds between two looks at the credentials of what was refused; three minutes when not given. */
  readonly credentialInterval?: number;
}

export interface RefresherOptions extends RefreshOptions {
  readonly store: FactStore;
  /** All that are known. */
  readonly entries: () => Iterable<ImageEntry>;
  /** A look-up has ended. */
  readonly onResult: (entry: ImageEntry, result: LookupResult) => void;
  /** An image that was never tried must wait until its host's pause is over. */
  readonly onHeldBack: (entry: ImageEntry) => void;
}

const HOST_WIDTH = 20;
const OVERALL = 256;
const CREDENTIAL_INTERVAL = 180_000;

/** Looks each image up when its time comes, and settles when that is next. */
export class Refresher {
  readonly #options: RefresherOptions;
  readonly #quotas = new Map<string, PullQuota>();
  readonly #due = new DueQueue<ImageEntry>();
  readonly #queue: LookupQueue<ImageEntry>;
  readonly #alarm: Alarm;
  readonly #watch: CredentialWatch<ImageEntry>;

  constructor(options: RefresherOptions) {
    this.#options = options;
    const { clock, access, onHeldBack } = options;
    this.#alarm = new Alarm(clock, () => this.#startDue());
    this.#queue = new LookupQueue({
      clock,
      width: options.hostWidth ?? HOST_WIDTH,
      overall: options.overall ?? OVERALL,
      run: (entry) => this.#run(entry),
      onDown: (entries, failure) => this.#shareFailure(entries, failure),
      onStillDown: (entry) => {
        entry.shared = true;
      },
      onUp: (host) => this.#wake((entry) => entry.host === host && entry.shared),
      onPause: (entries) => {
        for (const entry of entries) if (entry.status.reason === 'pending') onHeldBack(entry);
      },
    });
    this.#watch = new CredentialWatch({
      access,
      clock,
      interval: options.credentialInterval ?? CREDENTIAL_INTERVAL,
      onChanged: (entry) => this.soon(entry),
    });
    options.signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  get queued(): number {
    return this.#queue.size;
  }

  get inFlight(): number {
    return this.#queue.active;
  }

  /** When the most overdue image should have been looked up; undefined when none is overdue. */
  get oldest(): number | undefined {
    return this.#queue.oldest;
  }

  isPaused(host: string): boolean {
    return this.#queue.isPaused(host);
  }

  /** Looks an image up as soon as its host has a place. */
  add(entry: ImageEntry): void {
    this.#due.delete(entry);
    entry.due = this.#options.clock.now();
    this.#queue.add(entry);
  }

  /** Looks an image up before its time; one that is at work, or queued, or that no look-up can mend, is left alone. */
  soon(entry: ImageEntry): void {
    if (entry.place >= 0) this.add(entry);
  }

  /** Somebody else uses the image, perhaps with better credentials. */
  newPuller(entry: ImageEntry): void {
    entry.pullersChanged = true;
    if (isRefusal(entry.status.reason)) this.soon(entry);
  }

  /** Ends all work for an image. */
  delete(entry: ImageEntry): void {
    this.#due.delete(entry);
    this.#queue.delete(entry);
    this.#watch.forget(entry);
    entry.flight?.abort(new Error('nobody uses the image any more'));
  }

  forgetHost(host: string): void {
    this.#queue.forget(host);
    this.#quotas.delete(host);
  }

  /** Takes in what a registry told of its limit of pulls. */
  noteRateLimit(host: string, limit: RateLimit): void {
    if (!this.#quota(host).note(limit, this.#options.clock.now())) return;
    this.#wake((entry) => entry.host === host && entry.turn !== undefined);
  }

  /** Everything whose time has come goes to its host's queue. */
  #startDue(): void {
    const now = this.#options.clock.now();
    for (let entry = this.#due.take(now); entry; entry = this.#due.take(now)) this.#queue.add(entry);
    if (this.#due.next !== undefined) this.#alarm.set(this.#due.next);
  }

  #wake(isMeant: (entry: ImageEntry) => boolean): void {
    for (const entry of this.#options.entries()) if (isMeant(entry)) this.soon(entry);
  }

  async #run(entry: ImageEntry): Promise<Ending> {
    const { signal, onResult } = this.#options;
    entry.pullersChanged = false;
    const result = await attempt(entry, { ...this.#options, quota: this.#quota(entry.host) });
    if (signal.aborted || !entry.used) return { kind: 'abandoned' };
    const first = entry.status.lastSuccess === undefined;
    onResult(entry, result);
    return this.#end(entry, result.failure, first);
  }

  /** Settles when an image is looked up again, and what its end says of its host. */
  #end(entry: ImageEntry, failure: Failure | undefined, first: boolean): Ending {
    entry.shared = false;
    entry.turn = failure?.error instanceof PutOffError ? failure.error.turn : undefined;
    if (failure?.reason === 'rate_limited' && entry.turn === undefined) {
      return { kind: 'paused', retryAfter: failure.retryAfter };
    }
    this.#schedule(entry, first);
    const mute = failure?.reason === 'timeout' || failure?.reason === 'unavailable';
    // The host answered to all that could be shown to it; what is missing is not its fault.
    return mute && !isWithheld(failure.error) ? { kind: 'unreachable', failure } : { kind: 'answered' };
  }

  #schedule(entry: ImageEntry, first: boolean): void {
    const { clock, random, cacheDuration } = this.#options;
    const { reason } = entry.status;
    const refused = isRefusal(reason);
    entry.failures = isPassing(reason) ? entry.failures + 1 : 0;
    if (refused && entry.pullersChanged) {
      this.add(entry);
      return;
    }
    if (refused) this.#watch.watch(entry);
    else this.#watch.forget(entry);
    const tried = { reason, failures: entry.failures, pinned: entry.pinned, first };
    const due = entry.turn ?? nextLookup(tried, { now: clock.now(), cacheDuration, random });
    if (due === undefined) return;
    this.#due.set(entry, due);
    this.#alarm.set(due);
  }

  #shareFailure(entries: readonly ImageEntry[], failure: Failure): void {
    for (const entry of entries) {
      entry.turn = undefined;
      this.#options.onResult(entry, { digest: undefined, content: undefined, failure });
      this.#schedule(entry, false);
      entry.shared = true;
    }
  }

  #quota(host: string): PullQuota {
    let quota = this.#quotas.get(host);
    if (!quota) {
      quota = new PullQuota();
      this.#quotas.set(host, quota);
    }
    return quota;
  }

  #stop(): void {
    this.#alarm.cancel();
    this.#queue.stop();
    this.#watch.stop();
    for (const { flight } of this.#options.entries()) flight?.abort(this.#options.signal.reason);
  }
}

/** What other credentials may mend; registries also say that there is nothing where one may not look. */
function isRefusal(reason: LookupReason): boolean {
  return reason === 'unauthorized' || reason === 'forbidden' || reason === 'not_found';
}

function isWithheld(error: unknown): boolean {
  return error instanceof RegistryError && error.cause instanceof WithheldError;
}

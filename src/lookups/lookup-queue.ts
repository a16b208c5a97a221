import type { Clock } from '../http/index.ts';
import { Alarm } from './alarm.ts';
import type { Failure } from './failure.ts';
import { HostLane } from './host-lane.ts';
import { pauseLength, retryLength } from './schedule.ts';

/** Something to be looked up at a host. */
export interface Waiting {
  readonly host: string;
  /** True for what nothing is known of yet: it goes first. */
  readonly fresh: boolean;
  /** When it should have been looked up, in milliseconds since the epoch. */
  readonly due: number;
}

/** What a look-up says of its host. */
export type Ending =
  | { readonly kind: 'answered' }
  /** The host wants peace; the item waits for the end of the pause. */
  | { readonly kind: 'paused'; readonly retryAfter: number | undefined }
  | { readonly kind: 'unreachable'; readonly failure: Failure }
  /** Nothing. */
  | { readonly kind: 'abandoned' };

export interface LookupQueueOptions<T> {
  readonly clock: Clock;
  /** Look-ups that a healthy host always has at work, while there are any. */
  readonly width: number;
  /** Look-ups at one time over all hosts. */
  readonly overall: number;
  /** Never throws. */
  readonly run: (item: T) => Promise<Ending>;
  /** A host asks for peace: what waits for it must wait longer. */
  readonly onPause: (items: readonly T[]) => void;
  /** A host did not answer at all: what waits for it is given back, as it would meet the same. */
  readonly onDown: (items: readonly T[], failure: Failure) => void;
  /** A host that was down failed again, for this item. */
  readonly onStillDown: (item: T) => void;
  /** A host that was down answers. */
  readonly onUp: (host: string) => void;
}

/** Started together, so that the registry client can buy one token for many repositories. */
const BATCH = 24;

/**
 * What is due, by host: each host has places of its own, so that one that stalls holds up no other; one that is
 * not known to be well gets one look-up at a time, one that is down gets one now and then, and one that asked for
 * peace gets none.
 */
export class LookupQueue<T extends Waiting> {
  readonly #options: LookupQueueOptions<T>;
  readonly #lanes = new Map<string, HostLane<T>>();
  /** Hosts that found all places taken, the one that waited longest first. */
  readonly #blocked = new Set<HostLane<T>>();
  readonly #touched = new Set<HostLane<T>>();
  readonly #alarm: Alarm;
  #active = 0;
  /** Look-ups at hosts that may not answer; they never take more than half of all places. */
  #probes = 0;
  #stopped = false;

  constructor(options: LookupQueueOptions<T>) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => this.#endRests());
  }

  get active(): number {
    return this.#active;
  }

  get size(): number {
    let size = 0;
    for (const { fresh, known } of this.#lanes.values()) size += fresh.size + known.size;
    return size;
  }

  /** The time of what has waited longest; undefined when nothing waits. */
  get oldest(): number | undefined {
    let oldest: number | undefined;
    for (const lane of this.#lanes.values()) {
      // In each set the first has waited longest, or nearly so.
      for (const [item] of [lane.fresh, lane.known]) {
        if (item && item.due < (oldest ?? Number.POSITIVE_INFINITY)) oldest = item.due;
      }
    }
    return oldest;
  }

  /** True while a host's wish for peace holds. */
  isPaused(host: string): boolean {
    return (this.#lanes.get(host)?.pausedUntil ?? 0) > this.#options.clock.now();
  }

  /** Starts an item as soon as its host has a place, never before this turn of the event loop has ended its work. */
  add(item: T): void {
    let lane = this.#lanes.get(item.host);
    if (!lane) {
      lane = new HostLane(item.host);
      this.#lanes.set(item.host, lane);
    }
    lane.forgotten = false;
    (item.fresh ? lane.fresh : lane.known).add(item);
    if (this.#touched.size === 0) queueMicrotask(() => this.#startTouched());
    this.#touched.add(lane);
  }

  delete(item: T): void {
    const lane = this.#lanes.get(item.host);
    lane?.fresh.delete(item);
    lane?.known.delete(item);
  }

  /** Forgets a host that no item will come for. */
  forget(host: string): void {
    const lane = this.#lanes.get(host);
    if (!lane) return;
    lane.forgotten = true;
    this.#sweep(lane);
  }

  /** Starts nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#alarm.cancel();
  }

  #startTouched(): void {
    const lanes = [...this.#touched];
    this.#touched.clear();
    for (const lane of lanes) this.#start(lane);
  }

  #start(lane: HostLane<T>): void {
    const { width, overall, clock } = this.#options;
    if (this.#stopped || lane.pausedUntil > clock.now()) return;
    if (lane.active > (lane.healthy ? width : 0)) return;
    const limit = lane.healthy ? width + BATCH : 1;
    const sets = lane.downUntil > clock.now() ? [lane.fresh] : [lane.fresh, lane.known];
    for (const waiting of sets) {
      for (const item of waiting) {
        if (lane.active >= limit) return;
        if (this.#active >= overall || (!lane.healthy && this.#probes * 2 >= overall)) {
          this.#blocked.add(lane);
          return;
        }
        waiting.delete(item);
        void this.#run(lane, item);
      }
    }
  }

  async #run(lane: HostLane<T>, item: T): Promise<void> {
    const probe = lane.healthy ? 0 : 1;
    const { answers } = lane;
    this.#active++;
    this.#probes += probe;
    lane.active++;
    const ending = await this.#options.run(item);
    this.#active--;
    this.#probes -= probe;
    lane.active--;
    if (ending.kind === 'answered') this.#answered(lane);
    else if (ending.kind === 'paused') this.#pause(lane, item, ending.retryAfter);
    else if (ending.kind === 'unreachable') this.#failed(lane, item, answers, ending.failure);
    this.#sweep(lane);
    this.#blocked.add(lane);
    this.#startBlocked();
  }

  /** Gives the places that became free to the hosts in turn: who got one goes to the end of the line. */
  #startBlocked(): void {
    const lanes = [...this.#blocked];
    this.#blocked.clear();
    const served: HostLane<T>[] = [];
    for (const lane of lanes) {
      const { active } = lane;
      this.#start(lane);
      if (lane.active > active && this.#blocked.delete(lane)) served.push(lane);
    }
    for (const lane of served) this.#blocked.add(lane);
  }

  #answered(lane: HostLane<T>): void {
    lane.answers++;
    if (lane.pausedUntil > this.#options.clock.now()) return;
    lane.healthy = true;
    lane.pauses = 0;
    if (!lane.down) return;
    lane.failures = 0;
    lane.downUntil = 0;
    this.#options.onUp(lane.host);
  }

  #pause(lane: HostLane<T>, item: T, retryAfter: number | undefined): void {
    const now = this.#options.clock.now();
    lane.healthy = false;
    (item.fresh ? lane.fresh : lane.known).add(item);
    if (lane.pausedUntil <= now) {
      lane.pauses++;
      this.#options.onPause(lane.waiting);
    } else if (retryAfter === undefined) return;
    lane.pausedUntil = Math.max(lane.pausedUntil, now + pauseLength(retryAfter, lane.pauses));
    this.#alarm.set(lane.pausedUntil);
  }

  /** `answers` is what the lane had counted when the look-up began: others that were answered since speak for the host. */
  #failed(lane: HostLane<T>, item: T, answers: number, failure: Failure): void {
    if (answers !== lane.answers) return;
    if (lane.down) this.#options.onStillDown(item);
    const now = this.#options.clock.now();
    lane.healthy = false;
    if (lane.downUntil <= now) {
      lane.failures++;
      lane.downUntil = now + retryLength(lane.failures);
      this.#alarm.set(lane.downUntil);
    }
    const waiting = lane.waiting;
    lane.fresh.clear();
    lane.known.clear();
    this.#options.onDown(waiting, failure);
  }

  #endRests(): void {
    const now = this.#options.clock.now();
    for (const lane of this.#lanes.values()) {
      const rest = Math.max(lane.pausedUntil, lane.downUntil);
      if (rest > now) this.#alarm.set(rest);
      this.#start(lane);
      this.#sweep(lane);
    }
  }

  /** A pause is remembered to its end: who comes back meanwhile must keep to it. */
  #sweep(lane: HostLane<T>): void {
    if (!lane.forgotten || lane.active > 0 || lane.pausedUntil > this.#options.clock.now()) return;
    this.#blocked.delete(lane);
    this.#lanes.delete(lane.host);
  }
}

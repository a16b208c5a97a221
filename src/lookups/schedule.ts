import type { LookupReason } from './lookup-status.ts';

/** What a look-up came to, as far as it decides when the next one is made. */
export interface Tried {
  readonly reason: LookupReason;
  /** Failures in a row that time may mend, this one counted. */
  readonly failures: number;
  /** True for a reference with a digest: what it points at never changes. */
  readonly pinned: boolean;
  /** True when nothing had ever been learnt before. */
  readonly first: boolean;
}

export interface ScheduleOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds. */
  readonly cacheDuration: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** States that time does not end. */
const WAITING = new Set<LookupReason>(['pending', 'invalid_reference', 'rate_limited']);
const FIRST_RETRY = 5_000;
const LONGEST_RETRY = 900_000;
const FIRST_PAUSE = 30_000;
const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 3_600_000;
/** Parts of the cache duration: what falls due in the same part is asked together, with one token for many repositories. */
const TICKS = 120;

/** When an image is to be looked up again, in milliseconds since the epoch; undefined for never, or when the host's pause decides. */
export function nextLookup(tried: Tried, options: ScheduleOptions): number | undefined {
  const { reason, failures, pinned, first } = tried;
  if (WAITING.has(reason) || (pinned && reason === 'ok')) return undefined;
  if (!isPassing(reason)) return refresh(first && reason === 'ok', options);
  return options.now + Math.round(retryLength(failures) * (0.75 + options.random() / 2));
}

/** Milliseconds before what failed so often in a row is tried again. */
export function retryLength(failures: number): number {
  return Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (failures - 1));
}

/** True for failures that pass by themselves and are tried again with growing pauses. */
export function isPassing(reason: LookupReason): boolean {
  return reason === 'timeout' || reason === 'unavailable' || reason === 'invalid_response';
}

/** How long a host that asked for peace is left alone, in milliseconds; `pauses` counts those in a row, this one included. */
export function pauseLength(retryAfter: number | undefined, pauses: number): number {
  const length = retryAfter ?? FIRST_PAUSE * 2 ** (pauses - 1);
  return Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, length));
}

/**
 * Images of one cluster are first seen at one moment, and with the usual sixth as jitter would be asked in one wave
 * for many rounds. Their first refresh is spread over two thirds of the cache duration, half of it before the end:
 * wide enough to flatten the wave, and none comes twice before the latest has come once.
 */
function refresh(first: boolean, { now, cacheDuration, random }: ScheduleOptions): number {
  const tick = cacheDuration / TICKS;
  const [from, to] = first
    ? [cacheDuration / 2, (cacheDuration * 7) / 6]
    : [cacheDuration, (cacheDuration * 7) / 6];
  const due = now + from + random() * (to - tick - from);
  return Math.ceil(Math.ceil(due / tick) * tick);
}

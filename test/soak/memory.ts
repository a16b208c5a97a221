/** Memory of the exporter at one moment. */
export interface MemorySample {
  /** Milliseconds since the start. */
  readonly at: number;
  /** Bytes. */
  readonly resident: number;
}

export interface MemoryVerdict {
  /** Bytes a minute by which it grew in the second half, by the straight line that fits best. */
  readonly slope: number;
  readonly flat: boolean;
}

/** What counts as flat: less than this, in bytes a minute. */
export const FLAT_BELOW = 500_000;
/** A line through less than this says nothing, in milliseconds. */
export const JUDGED_FROM = 10 * 60_000;

const MINUTE = 60_000;

/** Whether memory is flat in the second half of a run; undefined for a run that is too short to tell. */
export function judgeMemory(samples: readonly MemorySample[]): MemoryVerdict | undefined {
  const end = samples.at(-1)?.at ?? 0;
  if (end < JUDGED_FROM) return undefined;
  const second = samples.filter(({ at }) => at >= end / 2);
  const [meanAt, mean] = [
    average(second.map(({ at }) => at)),
    average(second.map(({ resident }) => resident)),
  ];
  let [above, below] = [0, 0];
  for (const { at, resident } of second) {
    above += (at - meanAt) * (resident - mean);
    below += (at - meanAt) ** 2;
  }
  const slope = below === 0 ? 0 : (above / below) * MINUTE;
  return { slope, flat: slope < FLAT_BELOW };
}

function average(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

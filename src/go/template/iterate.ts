import { Dictionary, elementOf, Integer, List, Nil, type Slot, type Value } from './value.ts';

/** One turn of a range: null is the index where there is none. */
export interface Turn {
  readonly index: Value;
  readonly item: Slot;
}

/** What `range` goes over, maps in the order of their keys; `undefined` if it cannot. */
export function iterate(value: Value): Iterable<Turn> | undefined {
  if (value === null || value instanceof Nil) return [];
  if (value instanceof List)
    return value.items.map((item, index) => ({ index: BigInt(index), item: elementOf(value.type, item) }));
  if (value instanceof Dictionary)
    return value.sorted().map(([key, item]) => ({ index: key, item: elementOf(value.type, item) }));
  if (typeof value === 'bigint') return count(value, (item) => item);
  return value instanceof Integer ? count(value.value, (item) => new Integer(value.type, item)) : undefined;
}

function* count(end: bigint, wrap: (item: bigint) => Value): Generator<Turn> {
  for (let item = 0n; item < end; item++) yield { index: null, item: wrap(item) };
}

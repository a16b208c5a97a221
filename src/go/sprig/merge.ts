import { Dictionary, isTrue, List, Struct, type Value } from '../template/value.ts';

/**
 * Merges a dictionary into another as Go's mergo does: what is missing or empty is filled in, dictionaries within
 * are merged likewise; overwriting replaces everything but dictionaries by dictionaries.
 */
export function merge(target: Dictionary, source: Dictionary, overwrite: boolean): void {
  if (target.isNil) return;
  for (const [key, value] of source.entries) {
    const present = target.entries.get(key);
    if (value === null) {
      if (overwrite) target.entries.set(key, null);
    } else if (present instanceof Dictionary && value instanceof Dictionary) {
      if (present.type === value.type) merge(present, value, overwrite);
      if (present.entries.size === 0) target.entries.set(key, value);
    } else if (overwrite || present === undefined || isEmpty(present)) {
      // An overwriting list only replaces when the dictionary around it has something in it, which it has.
      target.entries.set(key, value);
    }
  }
}

function isEmpty(value: Value): boolean {
  return !(value instanceof Struct) && !(value instanceof List && value.items.length > 0) && !isTrue(value);
}

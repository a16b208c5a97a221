import { anyList, Dictionary, List, Nil, Struct, textList, typeName, type Value } from '../template/value.ts';
import type { ByteString } from '../template/text.ts';
import { toText } from './convert.ts';
import { define, type Family, ofAny, variadic } from './define.ts';
import { merge } from './merge.ts';

const DICT = 'map[string]interface {}';

/** Functions of dictionaries; where Go has them in no order they are in the order of their keys. */
export function dictFunctions(): Family {
  return {
    dict: variadic([], 'interface {}', (args) => dict(args.rest(0))),
    get: define([DICT, 'string'], (args) => {
      const value = args.map(0).entries.get(args.text(1));
      return value === undefined ? '' : value;
    }),
    set: define([DICT, 'string', 'interface {}'], (args) => {
      const target = args.map(0);
      if (target.isNil) throw new Error('assignment to entry in nil map');
      target.entries.set(args.text(1), args.any(2));
      return target;
    }),
    unset: define([DICT, 'string'], (args) => {
      args.map(0).entries.delete(args.text(1));
      return args.map(0);
    }),
    hasKey: define([DICT, 'string'], (args) => args.map(0).entries.has(args.text(1))),
    pluck: variadic(['string'], DICT, (args) => {
      const found = maps(args.rest(1)).map(({ entries }) => entries.get(args.text(0)));
      return anyList(found.filter((value) => value !== undefined));
    }),
    keys: variadic([], DICT, (args) =>
      textList(maps(args.rest(0)).flatMap((map) => map.sorted().map(([key]) => key))),
    ),
    values: define([DICT], (args) =>
      anyList(
        args
          .map(0)
          .sorted()
          .map(([, value]) => value),
      ),
    ),
    pick: variadic([DICT], 'string', (args) => {
      const wanted = new Set(args.rest(1));
      return new Dictionary(
        DICT,
        [...args.map(0).entries].filter(([key]) => wanted.has(key)),
      );
    }),
    omit: variadic([DICT], 'string', (args) => {
      const unwanted = new Set(args.rest(1));
      return new Dictionary(
        DICT,
        [...args.map(0).entries].filter(([key]) => !unwanted.has(key)),
      );
    }),
    merge: merging(false),
    mustMerge: merging(false),
    mergeOverwrite: merging(true),
    mustMergeOverwrite: merging(true),
    deepCopy: ofAny(deepCopy),
    mustDeepCopy: ofAny(deepCopy),
    dig: variadic([], 'interface {}', (args) => dig(args.rest(0))),
  };
}

function merging(overwrite: boolean): Family[string] {
  return variadic([DICT], DICT, (args) => {
    for (const source of maps(args.rest(1))) merge(args.map(0), source, overwrite);
    return args.map(0);
  });
}

function maps(values: readonly Value[]): readonly Dictionary[] {
  return values.filter((value) => value instanceof Dictionary);
}

function dict(values: readonly Value[]): Dictionary {
  const entries = new Map<ByteString, Value>();
  for (let at = 0; at < values.length; at += 2) {
    const value = values[at + 1];
    entries.set(toText(values[at] ?? null), value === undefined ? '' : value);
  }
  return new Dictionary(DICT, entries);
}

function deepCopy(value: Value): Value {
  if (value instanceof List) return new List(value.type, value.items.map(deepCopy), value.isNil);
  if (value instanceof Struct)
    return new Struct(value.type, new Map([...value.fields].map(([name, field]) => [name, deepCopy(field)])));
  if (!(value instanceof Dictionary)) return value;
  return new Dictionary(
    value.type,
    [...value.entries].map(([key, item]) => [key, deepCopy(item)] as const),
    value.isNil,
  );
}

function dig(values: readonly Value[]): Value {
  if (values.length < 3) throw new Error('dig needs at least three arguments');
  asDict(values.at(-1) ?? null);
  const keys = values.slice(0, -2).map((key) => {
    if (typeof key !== 'string') throw new Error(conversionFault(key, 'string'));
    return key;
  });
  let found = values.at(-1) ?? null;
  for (const key of keys) {
    const step = asDict(found).entries.get(key);
    if (step === undefined) return values.at(-2) ?? null;
    found = step;
  }
  return found;
}

function asDict(value: Value): Dictionary {
  if (value instanceof Dictionary && value.type === DICT) return value;
  throw new Error(conversionFault(value, DICT));
}

function conversionFault(value: Value, wanted: string): string {
  const type = value === null || value instanceof Nil ? 'nil' : typeName(value);
  return `interface conversion: interface {} is ${type}, not ${wanted}`;
}

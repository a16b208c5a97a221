import { deepEqual } from '../template/compare.ts';
import type { TemplateFunction } from '../template/function.ts';
import { anyList, isTrue, kindName, List, Nil, Struct, type Value } from '../template/value.ts';
import { toInt64 } from './convert.ts';
import { define, type Family, NIL_DEREFERENCE, variadic } from './define.ts';

/** Functions of lists, which they leave as they were. */
export function listFunctions(): Family {
  return {
    tuple: variadic([], 'interface {}', (args) => anyList(args.rest(0))),
    list: variadic([], 'interface {}', (args) => anyList(args.rest(0))),
    ...named(
      'append',
      two((list, item) => anyList([...itemsOf(list, 'Cannot push on type'), item])),
    ),
    ...named(
      'push',
      two((list, item) => anyList([...itemsOf(list, 'Cannot push on type'), item])),
    ),
    ...named(
      'prepend',
      two((list, item) => anyList([item, ...itemsOf(list, 'Cannot prepend on type')])),
    ),
    ...named(
      'first',
      one((list) => itemsOf(list, 'Cannot find first on type').at(0) ?? null),
    ),
    ...named(
      'last',
      one((list) => itemsOf(list, 'Cannot find last on type').at(-1) ?? null),
    ),
    ...named(
      'rest',
      one((list) => orNil(itemsOf(list, 'Cannot find rest on type'), (items) => items.slice(1))),
    ),
    ...named(
      'initial',
      one((list) => orNil(itemsOf(list, 'Cannot find initial on type'), (items) => items.slice(0, -1))),
    ),
    ...named(
      'reverse',
      one((list) => anyList(itemsOf(list, 'Cannot find reverse on type').toReversed())),
    ),
    ...named(
      'compact',
      one((list) => anyList(itemsOf(list, 'Cannot compact on type').filter(isSet))),
    ),
    ...named(
      'uniq',
      one((list) => anyList(unique(itemsOf(list, 'Cannot find uniq on type')))),
    ),
    ...named(
      'without',
      variadic(['interface {}'], 'interface {}', (args) => {
        const omitted = args.rest(1);
        const items = itemsOf(args.any(0), 'Cannot find without on type');
        return anyList(items.filter((item) => !includes(omitted, item)));
      }),
    ),
    ...named(
      'has',
      two((needle, list) => list !== null && includes(itemsOf(list, 'Cannot find has on type'), needle)),
    ),
    ...named(
      'slice',
      variadic(['interface {}'], 'interface {}', (args) => slice(args.any(0), args.rest(1))),
    ),
    ...named(
      'chunk',
      define(['int', 'interface {}'], (args) =>
        chunk(args.int(0), itemsOf(args.any(1), 'Cannot chunk type')),
      ),
    ),
    concat: variadic([], 'interface {}', (args) => {
      const items = args.rest(0).flatMap((list) => itemsOf(list, ['Cannot concat type', 'as list']));
      return orNil(items, () => items);
    }),
  };
}

/** The function under its name and as `must…`: a template ends the same way for both. */
function named(name: string, callee: TemplateFunction): Family {
  return { [name]: callee, [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`]: callee };
}

function one(apply: (list: Value) => Value): TemplateFunction {
  return define(['interface {}'], (args) => apply(args.any(0)));
}

function two(apply: (first: Value, second: Value) => Value): TemplateFunction {
  return define(['interface {}', 'interface {}'], (args) => apply(args.any(0), args.any(1)));
}

function itemsOf(list: Value, refusal: string | readonly [string, string]): readonly Value[] {
  if (list instanceof List) return list.items;
  if (list instanceof Nil) return [];
  if (list === null) throw new Error(NIL_DEREFERENCE);
  const [before, after] = typeof refusal === 'string' ? [refusal] : refusal;
  throw new Error(`${before} ${kindName(list)}${after === undefined ? '' : ` ${after}`}`);
}

/** An empty list gives a nil one. */
function orNil(items: readonly Value[], change: (items: readonly Value[]) => readonly Value[]): List {
  const list = anyList(items.length === 0 ? [] : change(items));
  return items.length === 0 ? new List(list.type, [], true) : list;
}

/** The opposite of sprig's `empty`. */
export function isSet(value: Value): boolean {
  // NaN is not zero and a struct never empty, as for `if`.
  return value instanceof Struct || isTrue(value);
}

function includes(items: readonly Value[], wanted: Value): boolean {
  return items.some((item) => deepEqual(wanted, item));
}

function unique(items: readonly Value[]): readonly Value[] {
  const kept: Value[] = [];
  for (const item of items) if (!includes(kept, item)) kept.push(item);
  return kept;
}

function slice(list: Value, indexes: readonly Value[]): Value {
  const items = itemsOf(list, 'list should be type of slice or array but');
  if (items.length === 0 || !(list instanceof List)) return null;
  const [from = 0n, to = BigInt(items.length)] = indexes.map(toInt64);
  if (from < 0n || from > to || to > BigInt(items.length))
    throw new Error('reflect.Value.Slice: slice index out of bounds');
  return new List(list.type, items.slice(Number(from), Number(to)));
}

function chunk(size: number, items: readonly Value[]): List {
  if (size < 1) throw new Error('reflect: slice index out of range');
  const chunks: List[] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(anyList(items.slice(at, at + size)));
  return new List('[][]interface {}', chunks);
}

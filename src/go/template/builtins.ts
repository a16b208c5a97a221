import { escapeHtml, escapeJs, escapeQuery } from './escape.ts';
import { print, printf, println } from './printf.ts';
import { isTrue, typeName, type Value } from './value.ts';

/** A function of the template language; `apply` throws an `Error` whose message is Go's. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  /** The first argument must be a string; all others are checked by `apply`. */
  readonly takesString?: boolean;
  readonly apply: (values: readonly Value[]) => Value;
}

const MANY = Number.POSITIVE_INFINITY;

/** The functions of text/template that are not part of its control flow, as `and`, `or` and `call` are. */
export const BUILTINS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['eq', { least: 1, most: MANY, apply: ([first = null, ...others]) => equalsAny(first, others) }],
  ['ge', { least: 2, most: 2, apply: ([a = null, b = null]) => !isLess(a, b) }],
  ['gt', { least: 2, most: 2, apply: ([a = null, b = null]) => !isLess(a, b) && !equalsAny(a, [b]) }],
  ['html', { least: 0, most: MANY, apply: (values) => escapeHtml(print(printable(values))) }],
  ['index', { least: 1, most: MANY, apply: ([item = null, ...indexes]) => index(item, indexes) }],
  ['js', { least: 0, most: MANY, apply: (values) => escapeJs(print(printable(values))) }],
  ['le', { least: 2, most: 2, apply: ([a = null, b = null]) => isLess(a, b) || equalsAny(a, [b]) }],
  ['len', { least: 1, most: 1, apply: ([item = null]) => countBytes(item) }],
  ['lt', { least: 2, most: 2, apply: ([a = null, b = null]) => isLess(a, b) }],
  ['ne', { least: 2, most: 2, apply: ([a = null, b = null]) => !equalsAny(a, [b]) }],
  ['not', { least: 1, most: 1, apply: ([value = null]) => !isTrue(value) }],
  ['print', { least: 0, most: MANY, apply: print }],
  [
    'printf',
    {
      least: 1,
      most: MANY,
      takesString: true,
      apply: ([format, ...values]) => printf(typeof format === 'string' ? format : '', values),
    },
  ],
  ['println', { least: 0, most: MANY, apply: println }],
  ['slice', { least: 1, most: MANY, apply: ([item = null, ...indexes]) => slice(item, indexes) }],
  ['urlquery', { least: 0, most: MANY, apply: (values) => escapeQuery(print(printable(values))) }],
]);

/** The escapers print a missing value as an action does. */
function printable(values: readonly Value[]): readonly Value[] {
  return values.map((value) => value ?? '<no value>');
}

function equalsAny(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  return others.some((other) => isEqual(first, other));
}

function isEqual(a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a !== typeof b) {
    throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  }
  return a === b;
}

function isLess(a: Value, b: Value): boolean {
  const unordered = [a, b].some((value) => value === null || typeof value === 'object');
  if (unordered) throw new Error('invalid type for comparison');
  if (typeof a !== typeof b) {
    throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  }
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b;
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  throw new Error('invalid type for comparison');
}

function countBytes(item: Value): bigint {
  if (typeof item === 'string') return BigInt(item.length);
  throw new Error(item === null ? 'len of nil pointer' : `len of type ${typeName(item)}`);
}

function index(item: Value, indexes: readonly Value[]): Value {
  if (item === null) throw new Error('index of untyped nil');
  let found = item;
  for (const position of indexes) {
    if (typeof found !== 'string') {
      // A byte of a string is an integer here as there, though of another type.
      const type = typeof found === 'bigint' && found !== item ? 'uint8' : typeName(found);
      throw new Error(`can't index item of type ${type}`);
    }
    const at = checkIndex(position, found.length);
    if (at >= found.length) throw new Error('reflect: string index out of range');
    found = BigInt(found.charCodeAt(at));
  }
  return found;
}

function slice(item: Value, indexes: readonly Value[]): Value {
  if (item === null) throw new Error('slice of untyped nil');
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  if (typeof item !== 'string') throw new Error(`can't slice item of type ${typeName(item)}`);
  if (indexes.length === 3) throw new Error('cannot 3-index slice a string');
  const [from = 0, to = item.length] = indexes.map((position) => checkIndex(position, item.length));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  return item.slice(from, to);
}

function checkIndex(position: Value, length: number): number {
  if (position === null) throw new Error('cannot index slice/array with nil');
  if (typeof position !== 'bigint') {
    throw new Error(`cannot index slice/array with type ${typeName(position)}`);
  }
  // The end itself may be named: that is where a slice ends.
  if (position < 0n || position > BigInt(length)) throw new Error(`index out of range: ${position}`);
  return Number(position);
}

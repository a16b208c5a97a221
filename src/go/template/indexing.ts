import { Float32 } from '../json.ts';
import {
  ANY,
  Dictionary,
  elementType,
  Integer,
  integerOf,
  isNilValue,
  List,
  Nil,
  Struct,
  typeName,
  type Value,
} from './value.ts';

/** Go's `len`. */
export function lengthOf(item: Value): bigint {
  if (typeof item === 'string') return BigInt(item.length);
  if (item instanceof List) return BigInt(item.items.length);
  if (item instanceof Dictionary) return BigInt(item.entries.size);
  if (item instanceof Nil) return 0n;
  throw new Error(item === null ? 'len of nil pointer' : `len of type ${typeName(item)}`);
}

/** Go's `index`: `x[1][2]` is `index x 1 2`. */
export function index(item: Value, indexes: readonly Value[]): Value {
  if (item === null) throw new Error('index of untyped nil');
  let found: Value = item;
  for (const position of indexes) {
    if (found === null || found instanceof Nil) throw new Error('index of nil pointer');
    found = at(found, position);
  }
  return found;
}

function at(item: Exclude<Value, null>, position: Value): Value {
  if (item instanceof Dictionary) {
    if (position === null) throw new Error('value is nil; should be of type string');
    if (typeof position !== 'string')
      throw new Error(`value has type ${typeName(position)}; should be string`);
    return item.entries.get(position) ?? zeroElement(item);
  }
  if (item instanceof List) {
    const place = checkIndex(position, item.items.length);
    const element = item.items[place];
    if (element === undefined) throw new Error('reflect: slice index out of range');
    return element;
  }
  if (typeof item !== 'string') throw new Error(`can't index item of type ${typeName(item)}`);
  const place = checkIndex(position, item.length);
  if (place >= item.length) throw new Error('reflect: string index out of range');
  return new Integer('uint8', BigInt(item.charCodeAt(place)));
}

/** What a map has for a key that is not in it: the zero of its elements' type, that of structs told by one of them. */
function zeroElement(map: Dictionary): Value {
  const type = elementType(map.type);
  if (type === ANY) return null;
  if (type.startsWith('[]')) return new List(type, [], true);
  if (type.startsWith('map[')) return new Dictionary(type, [], true);
  const [sample = ZEROS.get(type) ?? null] = map.entries.values();
  return zeroLike(sample);
}

const ZEROS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['string', ''],
  ['bool', false],
  ['int', 0n],
  ['float64', 0],
  ['float32', new Float32(0)],
]);

function zeroLike(value: Value): Value {
  if (value instanceof Struct)
    return new Struct(value.type, new Map([...value.fields].map(([name, field]) => [name, zeroLike(field)])));
  if (value instanceof List) return new List(value.type, [], true);
  if (value instanceof Dictionary) return new Dictionary(value.type, [], true);
  if (value instanceof Integer) return new Integer(value.type, 0n);
  if (value instanceof Float32) return new Float32(0);
  switch (typeof value) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'bigint':
      return 0n;
    case 'number':
      return 0;
    default:
      return value instanceof Nil ? value : null;
  }
}

/** Go's `slice`: `x[1:2]` is `slice x 1 2`. */
export function slice(item: Value, indexes: readonly Value[]): Value {
  if (isNilValue(item)) throw new Error(item === null ? 'slice of untyped nil' : 'slice of nil pointer');
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  if (typeof item !== 'string' && !(item instanceof List))
    throw new Error(`can't slice item of type ${typeName(item)}`);
  if (typeof item === 'string' && indexes.length === 3) throw new Error('cannot 3-index slice a string');
  const { length } = typeof item === 'string' ? item : item.items;
  const [from = 0, to = length, capacity = length] = indexes.map((position) => checkIndex(position, length));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  if (to > capacity) throw new Error(`invalid slice index: ${to} > ${capacity}`);
  return typeof item === 'string' ? item.slice(from, to) : new List(item.type, item.items.slice(from, to));
}

function checkIndex(position: Value, length: number): number {
  if (position === null) throw new Error('cannot index slice/array with nil');
  const place = integerOf(position);
  if (place === undefined) throw new Error(`cannot index slice/array with type ${typeName(position)}`);
  // The end itself may be named: that is where a slice ends.
  if (place < 0n || place > BigInt(length)) throw new Error(`index out of range: ${place}`);
  return Number(place);
}

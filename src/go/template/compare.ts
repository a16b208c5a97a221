import { Float32 } from '../json.ts';
import { formatPlain, formatValue } from './format.ts';
import {
  Dictionary,
  Foreign,
  Integer,
  integerOf,
  isNilValue,
  kindName,
  List,
  Struct,
  typeName,
  type Value,
} from './value.ts';

/** Go's `eq`: whether the first value equals any of the others; throws where Go does. */
export function equalsAny(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  return others.some((other) => isEqual(first, other));
}

/** Go's `lt`, which knows no order for booleans, lists, maps and structs. */
export function isLess(a: Value, b: Value): boolean {
  const left = basic(a);
  const right = basic(b);
  if (left === undefined || right === undefined) throw new Error('invalid type for comparison');
  if (left.kind !== right.kind)
    throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  if (left.kind === 'bool') throw new Error('invalid type for comparison');
  return left.value < right.value;
}

interface Basic {
  readonly kind: 'bool' | 'string' | 'int' | 'float';
  readonly value: boolean | string | bigint | number;
}

function basic(value: Value): Basic | undefined {
  const integer = integerOf(value);
  if (integer !== undefined) return { kind: 'int', value: integer };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (typeof value === 'string') return { kind: 'string', value };
  if (typeof value === 'number') return { kind: 'float', value };
  return value instanceof Float32 ? { kind: 'float', value: value.value } : undefined;
}

function isEqual(a: Value, b: Value): boolean {
  const left = basic(a);
  const right = basic(b);
  if (left?.kind !== right?.kind) {
    if (a === null || b === null) return false;
    throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  }
  if (left !== undefined) return left.value === right?.value;
  if (a !== null && b !== null && kindName(a) !== kindName(b)) {
    // The order of what is named is Go's.
    throw new Error(
      `non-comparable types ${formatPlain(a, 's')}: ${typeName(a)}, ${formatPlain(typeName(b), 's')}: ${formatValue(b)}`,
    );
  }
  if (isNilValue(a) || isNilValue(b)) return isNilValue(a) && isNilValue(b);
  if (!isComparable(b)) throw new Error(`non-comparable type ${formatPlain(b, 's')}: ${typeName(b)}`);
  return isSame(a, b);
}

function isComparable(value: Value): boolean {
  if (value instanceof Struct) return [...value.fields.values()].every(isComparable);
  return !(value instanceof List || value instanceof Dictionary);
}

/** Go's `==` of two values in interfaces: the same type and the same content, pointers the same pointer. */
function isSame(a: Value, b: Value): boolean {
  if (typeName(a) !== typeName(b)) return false;
  if (a instanceof Struct && b instanceof Struct)
    return [...a.fields].every(([name, field]) => isSame(field, b.fields.get(name) ?? null));
  if (a instanceof Foreign && b instanceof Foreign) return a.kind === 'ptr' ? a === b : a.text() === b.text();
  return basic(a) === undefined ? isNilValue(a) && isNilValue(b) : basic(a)?.value === basic(b)?.value;
}

/** Go's `reflect.DeepEqual`. */
export function deepEqual(a: Value, b: Value): boolean {
  if (typeName(a) !== typeName(b)) return false;
  if (a instanceof List && b instanceof List)
    return (
      a.isNil === b.isNil &&
      a.items.length === b.items.length &&
      a.items.every((item, index) => deepEqual(item, b.items[index] ?? null))
    );
  if (a instanceof Dictionary && b instanceof Dictionary)
    return (
      a.isNil === b.isNil &&
      a.entries.size === b.entries.size &&
      [...a.entries].every(([key, item]) => {
        const other = b.entries.get(key);
        return other !== undefined && deepEqual(item, other);
      })
    );
  if (a instanceof Struct && b instanceof Struct)
    return [...a.fields].every(([name, field]) => deepEqual(field, b.fields.get(name) ?? null));
  if (a instanceof Foreign && b instanceof Foreign) return a.text() === b.text();
  if (a instanceof Integer && b instanceof Integer) return a.value === b.value;
  return basic(a) === undefined ? isNilValue(a) && isNilValue(b) : basic(a)?.value === basic(b)?.value;
}

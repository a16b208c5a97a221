import { Float32 } from '../json.ts';
import type { TemplateFunction } from './function.ts';
import type { ByteString } from './text.ts';

/** What a template works on; a bigint is Go's int, a number its float64, and null the nil that has no type. */
export type Value =
  | boolean
  | ByteString
  | bigint
  | number
  | Integer
  | Float32
  | List
  | Dictionary
  | Struct
  | Nil
  | Foreign
  | null;

/** The type of a container's elements that may be anything. */
export const ANY = 'interface {}';

/** An integer whose type is not int. */
export class Integer {
  readonly type: 'int64' | 'int32' | 'uint8' | 'uint64';
  readonly value: bigint;

  constructor(type: Integer['type'], value: bigint) {
    this.type = type;
    this.value = type.startsWith('u') ? value : BigInt.asIntN(type === 'int64' ? 64 : 32, value);
  }
}

/** A slice. */
export class List {
  readonly type: string;
  readonly items: readonly Value[];
  readonly isNil: boolean;

  constructor(type: string, items: readonly Value[], isNil = false) {
    this.type = type;
    this.items = items;
    this.isNil = isNil;
  }
}

/** A map whose keys are strings; sprig's `set` and `unset` change it. */
export class Dictionary {
  readonly type: string;
  readonly entries: Map<ByteString, Value>;
  readonly isNil: boolean;

  constructor(type: string, entries: Iterable<readonly [ByteString, Value]>, isNil = false) {
    this.type = type;
    this.entries = new Map(entries);
    this.isNil = isNil;
  }

  /** Its entries in the order of their keys' bytes. */
  sorted(): readonly (readonly [ByteString, Value])[] {
    return [...this.entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** A struct: its fields in order. */
export class Struct {
  readonly type: string;
  readonly fields: ReadonlyMap<ByteString, Value>;

  constructor(type: string, fields: ReadonlyMap<ByteString, Value>) {
    this.type = type;
    this.fields = fields;
  }
}

/** The nil in a field of the data: a nil pointer, or a nil list where only that works. */
export class Nil {
  readonly type: string;

  constructor(type: string) {
    this.type = type;
  }
}

/** A value of a Go library's type, such as `time.Time`. */
export abstract class Foreign {
  abstract readonly type: string;
  abstract readonly kind: 'struct' | 'ptr' | 'int' | 'int64';
  abstract readonly isTrue: boolean;
  /** What its `String` method gives, and so what it is printed as. */
  abstract text(): ByteString;
  /** Its JSON. */
  abstract json(): ByteString;
  abstract method(name: ByteString): TemplateFunction | undefined;
}

/** A value in a place that could hold one of any type: what errors call `interface {}`. */
export class Boxed {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

/** A value, or a place that holds one. */
export type Slot = Value | Boxed;

/** The value itself. */
export function unbox(slot: Slot): Value {
  return slot instanceof Boxed ? slot.value : slot;
}

/** A value as an element of a container of this type. */
export function elementOf(type: string, value: Value): Slot {
  return elementType(type) === ANY ? new Boxed(value) : value;
}

/** The type of the elements of `[]T` and `map[string]T`. */
export function elementType(type: string): string {
  return type.replace(/^(?:\[\]|map\[string\])/, '');
}

/** A `[]interface {}`. */
export function anyList(items: readonly Value[]): List {
  return new List(`[]${ANY}`, items);
}

/** A `[]string`. */
export function textList(items: readonly ByteString[]): List {
  return new List('[]string', items);
}

/** Go's name of a value's type. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    default:
      if (value === null) return '<nil>';
      return value instanceof Float32 ? 'float32' : value.type;
  }
}

/** Go's name of a value's kind, as `reflect.Kind` prints it. */
export function kindName(value: Value): string {
  if (value === null) return 'invalid';
  if (value instanceof List) return 'slice';
  if (value instanceof Dictionary) return 'map';
  if (value instanceof Struct) return 'struct';
  if (value instanceof Nil) return 'ptr';
  return value instanceof Foreign ? value.kind : typeName(value);
}

/** Go's truth: not false, not zero, not empty, not nil. */
export function isTrue(value: Value): boolean {
  if (value instanceof Integer) return value.value !== 0n;
  if (value instanceof Float32) return value.value !== 0;
  if (value instanceof List) return value.items.length > 0;
  if (value instanceof Dictionary) return value.entries.size > 0;
  if (value instanceof Nil) return false;
  if (value instanceof Foreign) return value.isTrue;
  // A struct is always true; so is NaN, which is not equal to zero.
  return typeof value === 'number' ? value !== 0 : Boolean(value);
}

/** Whether a value is nil, of whatever type. */
export function isNilValue(value: Value): boolean {
  if (value instanceof List || value instanceof Dictionary) return value.isNil;
  return value === null || value instanceof Nil;
}

/** An integer of whatever type. */
export function integerOf(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return value instanceof Integer ? value.value : undefined;
}

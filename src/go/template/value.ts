import type { ByteString } from './text.ts';

/** What a template works on: Go's bool, string, int (bigint), float64 (number), the data's struct, and nil. */
export type Value = boolean | ByteString | bigint | number | Struct | null;

/** The data of a template: its fields in order. */
export interface Struct {
  readonly fields: ReadonlyMap<ByteString, Value>;
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
      return value === null ? '<nil>' : 'data';
  }
}

/** Go's truth: not false, not zero, not empty, not nil. */
export function isTrue(value: Value): boolean {
  // A struct is always true; so is NaN, which is not equal to zero.
  return typeof value === 'number' ? value !== 0 : Boolean(value);
}

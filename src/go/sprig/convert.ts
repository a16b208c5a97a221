import { Float32 } from '../json.ts';
import { formatValue } from '../template/format.ts';
import { parseNumber } from '../template/number.ts';
import type { ByteString } from '../template/text.ts';
import { Foreign, Integer, integerOf, List, Nil, type Value } from '../template/value.ts';

const MIN_INT64 = -(2n ** 63n);
const FLOAT = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const NAMED_FLOAT = /^([+-]?)(inf|infinity|nan)$/i;

/** A value as an int64: fractions are cut off, texts read as Go's literals, and what is no number is 0. */
export function toInt64(value: Value): bigint {
  const integer = integerOf(value);
  if (integer !== undefined) return BigInt.asIntN(64, integer);
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string') return parseInteger(value);
  if (typeof value !== 'number' && !(value instanceof Float32)) return 0n;
  const float = Math.trunc(value instanceof Float32 ? value.value : value);
  // What does not fit gives the smallest of all, as it does on amd64.
  return Math.abs(float) < 2 ** 63 ? BigInt(float) : MIN_INT64;
}

function parseInteger(text: ByteString): bigint {
  const number = parseNumber(text.replace(/\.0+$/, ''));
  return number.kind === 'number' && typeof number.value === 'bigint' ? number.value : 0n;
}

/** A value as a float64; what is no number is 0. */
export function toFloat64(value: Value): number {
  const integer = integerOf(value);
  if (integer !== undefined) return Number(integer);
  if (typeof value === 'number') return value;
  if (value instanceof Float32) return value.value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? parseFloat64(value) : 0;
}

function parseFloat64(text: ByteString): number {
  const named = NAMED_FLOAT.exec(text);
  if (named !== null) {
    if (named[2]?.toLowerCase() === 'nan') return named[1] === '' ? Number.NaN : 0;
    return named[1] === '-' ? -Infinity : Infinity;
  }
  const value = FLOAT.test(text) ? Number(text) : 0;
  return Number.isFinite(value) ? value : 0;
}

/** An int64. */
export function int64(value: bigint): Integer {
  return new Integer('int64', value);
}

/** A value as a text: as it would be printed. */
export function toText(value: Value): ByteString {
  if (typeof value === 'string') return value;
  return value instanceof Foreign ? value.text() : formatValue(value);
}

/** The texts of a list's items but for nils; any other value is a list of itself. */
export function toTexts(value: Value): readonly ByteString[] {
  if (value instanceof List) return value.items.filter((item) => item !== null).map(toText);
  return value === null || value instanceof Nil ? [] : [toText(value)];
}

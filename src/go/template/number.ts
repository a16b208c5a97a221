import { quote } from './quote.ts';
import type { ByteString } from './text.ts';

/** A numeric constant: int (bigint), float64 (number), beyond int but within uint64, or a fault in Go's words. */
export type NumberConstant =
  | { readonly kind: 'number'; readonly value: bigint | number }
  | { readonly kind: 'overflow' }
  | { readonly kind: 'fault'; readonly message: string };

const INTEGER =
  /^([+-]?)(?:(0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|[1-9](?:_?[0-9])*|0)|0[oO]?((?:_?[0-7])+))$/;
const FLOAT =
  /^[+-]?(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?$/;
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;

/** Reads an integer or decimal constant as Go's strconv does with base 0. */
export function parseNumber(source: ByteString): NumberConstant {
  const integer = INTEGER.exec(source);
  if (integer !== null) {
    const [, sign, plain, octal] = integer;
    const digits = plain ?? `0o${octal ?? ''}`;
    const magnitude = BigInt(digits.replaceAll('_', ''));
    const value = sign === '-' ? -magnitude : magnitude;
    if (value >= -MAX_INT - 1n && value <= MAX_INT) return { kind: 'number', value };
    if (sign === '' && magnitude <= MAX_UINT) return { kind: 'overflow' };
    return { kind: 'fault', message: `integer overflow: ${quote(source)}` };
  }
  if (FLOAT.test(source)) {
    const value = Number(source.replaceAll('_', ''));
    // Digits alone that are no integer, such as 08.
    if (!/[.eE]/.test(source)) return { kind: 'fault', message: `integer overflow: ${quote(source)}` };
    if (Number.isFinite(value)) return { kind: 'number', value };
  }
  return { kind: 'fault', message: `illegal number syntax: ${quote(source)}` };
}

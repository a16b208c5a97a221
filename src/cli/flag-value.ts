import { parseDuration } from './duration.ts';

interface Types {
  readonly string: string;
  readonly strings: readonly string[];
  readonly boolean: boolean;
  readonly integer: number;
  readonly float: number;
  /** Milliseconds. */
  readonly duration: number;
}

/** The types a flag can have; `strings` is a string that may be given several times. */
export type FlagType = keyof Types;

/** What a flag of a type holds. */
export type FlagValue<T extends FlagType> = Types[T];

/** Why a text is no value of a type, in Go's words. */
export interface ValueFault {
  readonly fault: 'parse error' | 'value out of range';
}

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);
const DIGITS = String.raw`(?:0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|[1-9](?:_?\d)*|0)`;
const INTEGER = new RegExp(`^([+-]?)(${DIGITS})$`);
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const PARSE_ERROR: ValueFault = { fault: 'parse error' };
const OUT_OF_RANGE: ValueFault = { fault: 'value out of range' };

/**
 * The value a text stands for, of `strings` one of them. Floats are decimal and finite: no limit
 * should be NaN, which no score exceeds.
 */
export function parseFlagValue(type: FlagType, text: string): string | boolean | number | ValueFault {
  switch (type) {
    case 'boolean':
      return TRUE.has(text) || (FALSE.has(text) ? false : PARSE_ERROR);
    case 'integer':
      return parseInteger(text);
    case 'float':
      if (!FLOAT.test(text)) return PARSE_ERROR;
      return Number.isFinite(Number(text)) ? Number(text) : OUT_OF_RANGE;
    case 'duration':
      return parseDuration(text) ?? PARSE_ERROR;
    default:
      return text;
  }
}

/** Whether a value is one of a type. */
export function isFlagValue(type: FlagType, value: unknown): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return typeof value === 'number';
  }
}

function parseInteger(text: string): number | ValueFault {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return PARSE_ERROR;
  const plain = digits.replaceAll('_', '');
  const magnitude = Number(/^0[0-7]/.test(plain) ? `0o${plain.slice(1)}` : plain);
  if (!Number.isSafeInteger(magnitude)) return OUT_OF_RANGE;
  return sign === '-' && magnitude > 0 ? -magnitude : magnitude;
}

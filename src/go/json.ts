import { type Decimal, exact, round } from './decimal.ts';

/** A Go float32, which prints shorter than the float64 nearest to it. */
export class Float32 {
  readonly value: number;

  constructor(value: number) {
    this.value = Math.fround(value);
  }
}

/**
 * A value as Go has it: a `Map` is a map, whose keys are sorted by their UTF-8 bytes; a plain object is
 * a struct, whose fields keep their order; a number is a float64, a bigint an integer, and nil is null.
 */
export type GoJsonValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | Float32
  | readonly GoJsonValue[]
  | ReadonlyMap<string, GoJsonValue>
  | { readonly [field: string]: GoJsonValue };

/** Compact JSON, byte for byte that of Go's `json.Marshal`; throws `TypeError` for NaN and the infinities. */
export function goJson(value: GoJsonValue): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return formatFloat(value, value);
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      return composite(value);
  }
}

type Composite = Exclude<GoJsonValue, null | boolean | string | number | bigint>;

function composite(value: Composite): string {
  if (value instanceof Float32) return formatFloat(value.value, shortestFloat32(value.value));
  if (isList(value)) return `[${value.map(goJson).join(',')}]`;
  const entries = isMap(value)
    ? [...value].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    : Object.entries(value);
  return `{${entries.map(([key, item]) => `${quote(key)}:${goJson(item)}`).join(',')}}`;
}

function isList(value: Composite): value is readonly GoJsonValue[] {
  return Array.isArray(value);
}

function isMap(value: Composite): value is ReadonlyMap<string, GoJsonValue> {
  return value instanceof Map;
}

/** JSON's own escapes, those that keep JSON safe inside HTML and JavaScript, and \ufffd for half a character. */
function quote(text: string): string {
  return JSON.stringify(text)
    .replace(/[<>&\u2028\u2029]/g, (character) => `\\u${hex4(character.charCodeAt(0))}`)
    .replace(/(\\\\)|\\ud[89a-f][0-9a-f]{2}/g, (match, backslash) =>
      backslash === undefined ? '\\ufffd' : match,
    );
}

function hex4(code: number): string {
  return code.toString(16).padStart(4, '0');
}

/** JavaScript's thresholds for an exponent are those of encoding/json; only the sign of zero differs. */
function formatFloat(value: number, shortest: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`json: unsupported value: ${value}`);
  return Object.is(value, -0) ? '-0' : String(shortest);
}

/**
 * The number with the fewest digits that is still the same float32, of two equally near the even one;
 * for a power of two, whose lower neighbour is nearer than its upper one, the greater.
 */
export function shortestFloat32(value: number): number {
  const magnitude = Math.abs(value);
  const powerOfTwo = Number.isInteger(Math.log2(magnitude));
  for (let count = 1; count <= 9; count++) {
    const { digits, point } = powerOfTwo ? roundUp(magnitude, count) : round(exact(magnitude), count);
    // The second nearest may do where the nearest does not: above a power of two there is more room.
    for (const candidate of [BigInt(digits), BigInt(digits) + 1n]) {
      const number = Number(`${candidate}e${point - digits.length}`);
      if (Math.fround(number) === magnitude) return value < 0 ? -number : number;
    }
  }
  return value;
}

/** JavaScript's own rounding, which takes the greater of two equally near. */
function roundUp(magnitude: number, count: number): Decimal {
  const [digits = '', exponent = ''] = magnitude.toExponential(count - 1).split('e');
  return { digits: digits.replace('.', ''), point: Number(exponent) + 1 };
}

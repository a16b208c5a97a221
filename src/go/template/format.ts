import { Float32, shortestFloat32 } from '../json.ts';
import { type Composite, formatComposite, isComposite } from './composite.ts';
import { formatFloat } from './float.ts';
import { canBackquote, quote } from './quote.ts';
import { type ByteString, countRunes, decodeRune, encodeRune, isPrintable } from './text.ts';
import { Foreign, Integer, Nil, typeName, type Value } from './value.ts';

/** The flags, width and precision between `%` and its verb. */
export interface Layout {
  readonly flags: ReadonlySet<string>;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const PLAIN: Layout = { flags: new Set(), width: undefined, precision: undefined };
const BASES: ReadonlyMap<string, { readonly base: number; readonly prefix: string }> = new Map([
  ['d', { base: 10, prefix: '' }],
  ['v', { base: 10, prefix: '' }],
  ['b', { base: 2, prefix: '0b' }],
  ['o', { base: 8, prefix: '0' }],
  ['O', { base: 8, prefix: '0' }],
  ['x', { base: 16, prefix: '0x' }],
  ['X', { base: 16, prefix: '0X' }],
]);

/** A value as `fmt.Print` prints it. */
export function formatValue(value: Value): ByteString {
  return formatVerb(value, 'v', PLAIN);
}

/** A value by a verb without flags. */
export function formatPlain(value: Value, verb: string): ByteString {
  return formatVerb(value, verb, PLAIN);
}

/** A value by one verb of `fmt.Printf`; a verb that does not fit gives Go's `%!d(string=a)`. */
export function formatVerb(value: Value, verb: string, layout: Layout): ByteString {
  if (value === null)
    return verb === 'v' || verb === 'T' ? pad('<nil>', layout) : wrongVerb(value, verb, layout);
  if (verb === 'T') return formatString(typeName(value), 's', layout) ?? '';
  return isComposite(value)
    ? formatComposite(value, verb, layout, formatElement)
    : (formatScalar(value, verb, layout) ?? wrongVerb(value, verb, layout));
}

/** Inside of something a nil has no type of its own. */
function formatElement(value: Value, verb: string, layout: Layout): ByteString {
  if (value !== null) return formatVerb(value, verb, layout);
  return layout.flags.has('#') && verb === 'v' ? 'interface {}(nil)' : '<nil>';
}

/** Go's complaint about a verb, which stays in the output and is laid out as the verb would have been. */
function wrongVerb(value: Scalar | null, verb: string, layout: Layout): ByteString {
  if (value === null) return `%!${verb}(<nil>)`;
  return `%!${verb}(${typeName(value)}=${formatScalar(value, fittingVerb(value), layout) ?? ''})`;
}

/** The verb that prints a type without the meaning `%v` gives to flags. */
function fittingVerb(value: Scalar): string {
  if (typeof value === 'boolean') return 't';
  if (typeof value === 'number' || value instanceof Float32) return 'g';
  if (typeof value === 'bigint' || value instanceof Integer) return 'd';
  return typeof value === 'string' ? 's' : 'v';
}

type Scalar = Exclude<Value, null | Composite>;

function formatScalar(value: Scalar, verb: string, layout: Layout): ByteString | undefined {
  if (value instanceof Foreign) return formatString(value.text(), verb, layout);
  if (value instanceof Nil) return verb === 'v' ? pad(nilText(value, layout), layout) : undefined;
  if (value instanceof Float32) return formatNumber(value, verb, layout);
  if (value instanceof Integer) {
    const goSyntax = value.type === 'uint8' && verb === 'v' && layout.flags.has('#');
    return formatInteger(value.value, goSyntax ? 'x' : verb, layout);
  }
  switch (typeof value) {
    case 'boolean':
      return verb === 't' || verb === 'v' ? pad(String(value), layout) : undefined;
    case 'string':
      return formatString(value, verb, layout);
    case 'bigint':
      return formatInteger(value, verb, layout);
    default:
      return formatNumber(value, verb, layout);
  }
}

function nilText({ type }: Nil, { flags }: Layout): string {
  return flags.has('#') ? `(${type})(nil)` : '<nil>';
}

function formatString(value: ByteString, verb: string, layout: Layout): ByteString | undefined {
  const { flags, precision } = layout;
  if (verb === 'x' || verb === 'X') return formatHex(value, verb, layout);
  const cut = precision === undefined ? value : firstRunes(value, precision);
  if (verb === 's' || (verb === 'v' && !flags.has('#'))) return pad(cut, layout);
  if (verb !== 'q' && verb !== 'v') return undefined;
  const raw = verb === 'q' && flags.has('#') && canBackquote(cut);
  return pad(raw ? `\`${cut}\`` : quote(cut, { quote: '"', ascii: verb === 'q' && flags.has('+') }), layout);
}

function formatHex(value: ByteString, verb: 'x' | 'X', layout: Layout): ByteString {
  const { flags } = layout;
  const bytes = Buffer.from(value.slice(0, layout.precision), 'latin1');
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const prefix = flags.has('#') && bytes.length > 0 ? '0x' : '';
  const joined = prefix + digits.join(flags.has(' ') ? ` ${prefix}` : '');
  return pad(verb === 'X' ? joined.toUpperCase() : joined, layout);
}

function formatInteger(value: bigint, verb: string, layout: Layout): ByteString | undefined {
  const { flags, width, precision } = layout;
  // As in Go, the code point is the low 32 bits and a negative one is none.
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  if (verb === 'c') return pad(encodeRune(code), layout);
  if (verb === 'q') return pad(quote(encodeRune(code), { quote: "'", ascii: flags.has('+') }), layout);
  if (verb === 'U') return pad(formatCodePoint(value, layout), { ...layout, flags: without(flags, '0') });
  const form = BASES.get(verb);
  if (form === undefined) return undefined;
  if (precision === 0 && value === 0n) return ' '.repeat(width ?? 0);
  const magnitude = (value < 0n ? -value : value).toString(form.base);
  const sign = value < 0n ? '-' : flags.has('+') && verb !== 'v' ? '+' : flags.has(' ') ? ' ' : '';
  const zeros = flags.has('0') && !flags.has('-') && precision === undefined;
  const digits = magnitude.padStart(precision ?? (zeros ? (width ?? 0) - sign.length : 0), '0');
  const sharp = flags.has('#') && verb !== 'v' && !(form.base === 8 && digits.startsWith('0'));
  const prefix = (verb === 'O' ? '0o' : '') + (sharp ? form.prefix : '');
  const cased = verb === 'X' ? digits.toUpperCase() : digits;
  return pad(sign + prefix + cased, { ...layout, flags: without(flags, '0') });
}

function formatCodePoint(value: bigint, { flags, precision }: Layout): ByteString {
  const unsigned = BigInt.asUintN(64, value);
  const number = `U+${unsigned
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(precision ?? 0, 4), '0')}`;
  const shown = flags.has('#') && unsigned <= 0x10ffffn && isPrintable(Number(unsigned));
  return shown ? `${number} '${encodeRune(Number(unsigned))}'` : number;
}

function formatNumber(given: number | Float32, verb: string, layout: Layout): ByteString | undefined {
  const { flags, width } = layout;
  const value = given instanceof Float32 ? given.value : given;
  const form = verb.toLowerCase();
  const style = form === 'v' ? 'g' : form;
  // Refused rather than printed wrongly: they show a float's bits, for which no template here has a use.
  if (style === 'b' || style === 'x') throw new Error(`%${verb} of a ${typeName(given)} is not supported`);
  if ((style !== 'e' && style !== 'f' && style !== 'g') || verb === 'V') return undefined;
  const precision = layout.precision ?? (style === 'g' ? undefined : 6);
  const shown = given instanceof Float32 && precision === undefined ? shortestFloat32(value) : value;
  const text = formatFloat(shown, style, precision);
  const sharp = flags.has('#') && verb !== 'v' ? withPoint(text, style === 'g' ? (precision ?? 6) : 0) : text;
  const cased = verb === 'E' || verb === 'G' ? sharp.replace('e', 'E') : sharp;
  const negative = cased.startsWith('-');
  const sign = negative ? '-' : flags.has('+') && verb !== 'v' ? '+' : flags.has(' ') ? ' ' : '';
  const digits = cased.replace(/^[+-]/, '');
  if (!Number.isFinite(value)) {
    // Infinity always has a sign.
    const signed = digits === 'Inf' && sign === '' ? '+Inf' : sign + digits;
    return pad(signed, { ...layout, flags: without(flags, '0') });
  }
  if (!flags.has('0') || flags.has('-')) return pad(sign + digits, layout);
  return sign + digits.padStart((width ?? 0) - sign.length, '0');
}

/** The `#` of `%#g`: a point, and zeros up to the number of significant digits. */
function withPoint(text: string, significant: number): string {
  const [mantissa = '', exponent] = text.split('e');
  const pointed = mantissa.includes('.') ? mantissa : `${mantissa}.`;
  const counted = pointed.replace(/^-?0?\.?0*|\./g, '').length;
  const zero = /^-?0\.?0*$/.test(mantissa) ? 1 : 0;
  const padded = pointed + '0'.repeat(Math.max(significant - counted - zero, 0));
  return exponent === undefined ? padded : `${padded}e${exponent}`;
}

function firstRunes(bytes: ByteString, count: number): ByteString {
  let at = 0;
  for (let seen = 0; seen < count && at < bytes.length; seen++) at += decodeRune(bytes, at).size;
  return bytes.slice(0, at);
}

/** Widths count runes; zeros pad strings too, as in Go. */
function pad(bytes: ByteString, { flags, width }: Layout): ByteString {
  const missing = Math.max((width ?? 0) - countRunes(bytes), 0);
  if (flags.has('-')) return bytes + ' '.repeat(missing);
  return (flags.has('0') ? '0' : ' ').repeat(missing) + bytes;
}

function without(flags: ReadonlySet<string>, flag: string): ReadonlySet<string> {
  return flags.has(flag) ? new Set([...flags].filter((other) => other !== flag)) : flags;
}

/**
 * Go strings are bytes: `len`, `index`, `slice`, `%x` and comparisons count them. Inside the template
 * engine every string is therefore a byte string, one character (U+0000 to U+00FF) for each UTF-8 byte.
 */
export type ByteString = string;

/** A code point and the number of bytes it takes; a byte that is no UTF-8 is U+FFFD of size 1. */
export interface Rune {
  readonly code: number;
  readonly size: number;
}

const REPLACEMENT = 0xfffd;
const LETTER_OR_DIGIT = /^[\p{L}\p{Nd}_]$/u;
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** The UTF-8 bytes of a text. */
export function toBytes(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text of UTF-8 bytes, U+FFFD for what is none. */
export function fromBytes(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The rune that begins at a byte. */
export function decodeRune(bytes: ByteString, at: number): Rune {
  const lead = bytes.charCodeAt(at);
  if (lead < 0x80) return { code: lead, size: 1 };
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const sequence = bytes.slice(at, at + size);
  const decoded = fromBytes(sequence);
  const code = decoded.codePointAt(0) ?? REPLACEMENT;
  // Only a valid sequence survives the way back.
  return toBytes(decoded) === sequence && decoded.length === String.fromCodePoint(code).length
    ? { code, size }
    : { code: REPLACEMENT, size: 1 };
}

/** The UTF-8 bytes of a code point, those of U+FFFD where it is none. */
export function encodeRune(code: number): ByteString {
  const valid = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return toBytes(String.fromCodePoint(valid ? code : REPLACEMENT));
}

/** How many runes a byte string has, a broken byte counting as one. */
export function countRunes(bytes: ByteString): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += decodeRune(bytes, at).size) count++;
  return count;
}

/** Whether a rune may stand in a name. */
export function isAlphaNumeric(code: number): boolean {
  return LETTER_OR_DIGIT.test(String.fromCodePoint(code));
}

/** Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the plain space. */
export function isPrintable(code: number): boolean {
  return PRINTABLE.test(String.fromCodePoint(code));
}

/** Go's `%#U`: `U+0040 '@'`. */
export function describeRune(code: number): ByteString {
  const number = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return isPrintable(code) ? `${number} '${encodeRune(code)}'` : number;
}

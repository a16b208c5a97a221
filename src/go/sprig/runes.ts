import { type ByteString, decodeRune, encodeRune } from '../template/text.ts';

const SPACE = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;
const UPPER = /^\p{Lu}$/u;
const LOWER = /^\p{Ll}$/u;
const TITLE = /^\p{Lt}$/u;
const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;
const NUMBER = /^\p{N}$/u;
const PUNCTUATION = /^\p{P}$/u;

/** The code points of a byte string. */
export function runes(bytes: ByteString): readonly number[] {
  const codes: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { code, size } = decodeRune(bytes, at);
    codes.push(code);
    at += size;
  }
  return codes;
}

/** Each code point replaced. */
export function mapRunes(bytes: ByteString, change: (code: number) => number): ByteString {
  return runes(bytes)
    .map((code) => encodeRune(change(code)))
    .join('');
}

/** Go's `unicode.IsSpace`. */
export function isSpace(code: number): boolean {
  return SPACE.test(String.fromCodePoint(code));
}

/** Go's `unicode.IsUpper`. */
export function isUpper(code: number): boolean {
  return UPPER.test(String.fromCodePoint(code));
}

/** Go's `unicode.IsLower`. */
export function isLower(code: number): boolean {
  return LOWER.test(String.fromCodePoint(code));
}

/** Go's `unicode.IsTitle`. */
export function isTitle(code: number): boolean {
  return TITLE.test(String.fromCodePoint(code));
}

/** Go's `unicode.IsLetter`. */
export function isLetter(code: number): boolean {
  return LETTER.test(String.fromCodePoint(code));
}

/** Go's `unicode.IsDigit`. */
export function isDigit(code: number): boolean {
  return DIGIT.test(String.fromCodePoint(code));
}

/** Go's `unicode.IsNumber`. */
export function isNumber(code: number): boolean {
  return NUMBER.test(String.fromCodePoint(code));
}

/** Go's `unicode.IsPunct`. */
export function isPunctuation(code: number): boolean {
  return PUNCTUATION.test(String.fromCodePoint(code));
}

/** Go's `unicode.ToUpper`: one code point for one, so that ß stays. */
export function toUpper(code: number): number {
  return single(String.fromCodePoint(code).toUpperCase(), code);
}

/** Go's `unicode.ToLower`. */
export function toLower(code: number): number {
  return single(String.fromCodePoint(code).toLowerCase(), code);
}

function single(text: string, otherwise: number): number {
  const [first = otherwise, ...more] = Array.from(text, (character) => character.codePointAt(0) ?? otherwise);
  return more.length === 0 ? first : otherwise;
}

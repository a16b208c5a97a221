import { quote } from '../template/quote.ts';
import { formatValue } from '../template/format.ts';
import { type ByteString, encodeRune } from '../template/text.ts';
import { Dictionary, textList, type Value } from '../template/value.ts';
import { toText, toTexts } from './convert.ts';
import { define, type Family, ofAny, ofText, variadic } from './define.ts';
import { isSpace, runes } from './runes.ts';

/** Functions of texts and lists of texts. */
export function stringFunctions(): Family {
  return {
    hello: define([], () => 'Hello!'),
    abbrev: define(['int', 'string'], (args) => abbreviate(args.text(1), args.int(0))),
    abbrevboth: define(['int', 'int', 'string'], (args) =>
      abbreviateBoth(args.text(2), args.int(0), args.int(1)),
    ),
    trunc: define(['int', 'string'], (args) => truncate(args.text(1), args.int(0))),
    trim: ofText((text) => trimRunes(text, isSpace)),
    substr: define(['int', 'int', 'string'], (args) => substring(args.text(2), args.int(0), args.int(1))),
    repeat: define(['int', 'string'], (args) => repeat(args.text(1), args.int(0))),
    trimall: define(['string', 'string'], (args) => trimAll(args.text(0), args.text(1))),
    trimAll: define(['string', 'string'], (args) => trimAll(args.text(0), args.text(1))),
    trimSuffix: define(['string', 'string'], (args) => {
      const [suffix, text] = [args.text(0), args.text(1)];
      return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;
    }),
    trimPrefix: define(['string', 'string'], (args) => {
      const [prefix, text] = [args.text(0), args.text(1)];
      return text.startsWith(prefix) ? text.slice(prefix.length) : text;
    }),
    nospace: ofText(withoutSpace),
    initials: ofText(initials),
    contains: define(['string', 'string'], (args) => args.text(1).includes(args.text(0))),
    hasPrefix: define(['string', 'string'], (args) => args.text(1).startsWith(args.text(0))),
    hasSuffix: define(['string', 'string'], (args) => args.text(1).endsWith(args.text(0))),
    quote: variadic([], 'interface {}', (args) => quoteAll(args.rest(0), (value) => quote(toText(value)))),
    squote: variadic([], 'interface {}', (args) =>
      quoteAll(args.rest(0), (value) => `'${formatValue(value)}'`),
    ),
    cat: variadic([], 'interface {}', (args) => quoteAll(args.rest(0), formatValue)),
    indent: define(['int', 'string'], (args) => indent(args.text(1), args.int(0))),
    nindent: define(['int', 'string'], (args) => `\n${indent(args.text(1), args.int(0))}`),
    replace: define(['string', 'string', 'string'], (args) =>
      splitText(args.text(2), args.text(0), -1, true).join(args.text(1)),
    ),
    plural: define(['string', 'string', 'int'], (args) => args.text(args.int(2) === 1 ? 0 : 1)),
    toString: ofAny(toText),
    toStrings: ofAny((value) => textList(toTexts(value))),
    join: define(['string', 'interface {}'], (args) => toTexts(args.any(1)).join(args.text(0))),
    sortAlpha: ofAny((value) => textList(sorted(value === null ? [toText(value)] : toTexts(value)))),
    split: define(['string', 'string'], (args) => numbered(splitText(args.text(1), args.text(0), -1))),
    splitn: define(['string', 'int', 'string'], (args) =>
      numbered(splitText(args.text(2), args.text(0), args.int(1))),
    ),
    splitList: define(['string', 'string'], (args) => textList(splitText(args.text(1), args.text(0), -1))),
  };
}

function abbreviate(text: ByteString, width: number): ByteString {
  return width < 4 || text.length <= width ? text : `${text.slice(0, width - 3)}...`;
}

function abbreviateBoth(text: ByteString, left: number, right: number): ByteString {
  if (right < 4 || (left > 0 && right < 7) || text.length <= right) return text;
  const room = right - 3;
  const start = Math.min(left, text.length - room);
  if (start <= 4) return `${text.slice(0, room)}...`;
  if (start + room >= text.length) return `...${text.slice(text.length - room)}`;
  return `...${abbreviate(text.slice(start), room)}`;
}

function truncate(text: ByteString, count: number): ByteString {
  if (count < 0) return text.length + count > 0 ? text.slice(text.length + count) : text;
  return text.slice(0, count);
}

function substring(text: ByteString, start: number, end: number): ByteString {
  const { length } = text;
  const from = Math.max(start, 0);
  const open = start >= 0 && (end < 0 || end > length);
  const to = open ? length : end;
  if (to < 0) throw new Error(`runtime error: slice bounds out of range [:${to}]`);
  if (to > length) throw new Error(`runtime error: slice bounds out of range [:${to}] with length ${length}`);
  if (from > to) throw new Error(`runtime error: slice bounds out of range [${from}:${to}]`);
  return text.slice(from, to);
}

function repeat(text: ByteString, count: number): ByteString {
  if (count < 0) throw new Error('strings: negative Repeat count');
  return text.repeat(count);
}

function trimAll(cutset: ByteString, text: ByteString): ByteString {
  const cut = new Set(runes(cutset));
  return trimRunes(text, (code) => cut.has(code));
}

function trimRunes(text: ByteString, isCut: (code: number) => boolean): ByteString {
  const codes = runes(text);
  const from = codes.findIndex((code) => !isCut(code));
  const to = codes.findLastIndex((code) => !isCut(code));
  return from < 0
    ? ''
    : codes
        .slice(from, to + 1)
        .map(encodeRune)
        .join('');
}

/** As in Go's goutils each byte counts as a rune, which takes texts past ASCII apart. */
function withoutSpace(text: ByteString): ByteString {
  const kept = Array.from(text, (byte) => byte.charCodeAt(0)).filter((code) => !isSpace(code));
  return kept.length === text.length ? text : kept.map(encodeRune).join('');
}

function initials(text: ByteString): ByteString {
  let afterGap = true;
  let out = '';
  for (const byte of text) {
    const gap = isSpace(byte.charCodeAt(0));
    if (afterGap && !gap) out += encodeRune(byte.charCodeAt(0));
    afterGap = gap;
  }
  return out;
}

function quoteAll(values: readonly Value[], one: (value: Value) => ByteString): ByteString {
  return values
    .filter((value) => value !== null)
    .map(one)
    .join(' ');
}

function indent(text: ByteString, count: number): ByteString {
  const space = repeat(' ', count);
  return space + text.replaceAll('\n', `\n${space}`);
}

/** Go's `strings.SplitN`: an empty separator cuts between runes, and before and after them to replace it. */
function splitText(text: ByteString, separator: ByteString, count: number, around = false): ByteString[] {
  if (count === 0) return [];
  const characters = runes(text).map(encodeRune);
  const parts = separator === '' ? (around ? ['', ...characters, ''] : characters) : text.split(separator);
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

function sorted(texts: readonly ByteString[]): readonly ByteString[] {
  return texts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function numbered(parts: readonly ByteString[]): Dictionary {
  return new Dictionary(
    'map[string]string',
    parts.map((part, index) => [`_${index}`, part] as const),
  );
}

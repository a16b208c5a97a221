import type { ByteString } from '../template/text.ts';
import { encodeRune } from '../template/text.ts';
import { type Family, ofText } from './define.ts';
import {
  isDigit,
  isLetter,
  isLower,
  isSpace,
  isTitle,
  isUpper,
  mapRunes,
  runes,
  toLower,
  toUpper,
} from './runes.ts';
import { joinWords } from './words.ts';

/** Functions that change the case of texts. */
export function casingFunctions(): Family {
  return {
    upper: ofText((text) => mapRunes(text, toUpper)),
    lower: ofText((text) => mapRunes(text, toLower)),
    title: ofText((text) => atStarts(text, isSeparator, toUpper)),
    untitle: ofText((text) => atStarts(text, isSpace, toLower)),
    swapcase: ofText(swapCase),
    snakecase: ofText((text) => joinWords(text, '_')),
    kebabcase: ofText((text) => joinWords(text, '-')),
    camelcase: ofText(pascalCase),
  };
}

/** Changes the first rune and each that follows a gap. */
function atStarts(
  text: ByteString,
  isGap: (code: number) => boolean,
  change: (code: number) => number,
): ByteString {
  let afterGap = true;
  return mapRunes(text, (code) => {
    const gap = isGap(code);
    const changed = afterGap && !gap ? change(code) : code;
    afterGap = gap;
    return changed;
  });
}

/** What Go's `strings.Title` takes for the end of a word. */
function isSeparator(code: number): boolean {
  if (code < 0x80) return !/\w/.test(String.fromCodePoint(code));
  return !isLetter(code) && !isDigit(code) && isSpace(code);
}

/** Lower case letters that begin a word become titles, others capitals; capitals become small. */
function swapCase(text: ByteString): ByteString {
  return mapRunes(text, (code) => {
    if (isUpper(code) || isTitle(code)) return toLower(code);
    return isLower(code) ? toUpper(code) : code;
  });
}

function isConnector(code: number): boolean {
  return code === 0x2d || code === 0x5f || isSpace(code);
}

/**
 * Joins words at hyphens, underscores and spaces, each with a capital. Connectors in front stay, so does the
 * last; capitals that follow a capital at a word's start become small.
 */
function pascalCase(text: ByteString): ByteString {
  const codes = runes(text);
  const start = codes.findIndex((code) => !isConnector(code));
  // As in xstrings the last of nothing but connectors is doubled.
  if (start < 0) return [...codes, ...codes.slice(-1)].map(encodeRune).join('');
  const out = codes.slice(0, start);
  let shouting = isUpper(codes[start] ?? 0);
  let current = toUpper(codes[start] ?? 0);
  for (const code of codes.slice(start + 1)) {
    const before = current;
    current = code;
    if (isConnector(before)) {
      if (isConnector(code)) {
        out.push(before);
        continue;
      }
      shouting = isUpper(code);
      current = toUpper(code);
      continue;
    }
    if (shouting && isUpper(code)) current = toLower(code);
    else shouting = false;
    out.push(before);
  }
  return [...out, current].map(encodeRune).join('');
}

import { type ByteString, decodeRune, isAlphaNumeric } from './text.ts';

const SPACE = ' \t\r\n';
const TERMINATORS = `${SPACE}.,|:)(`;

/** The byte after the letters, digits and underscores that begin at a byte. */
export function nameEnd(input: ByteString, from: number): number {
  let end = from;
  while (end < input.length) {
    const { code, size } = decodeRune(input, end);
    if (!isAlphaNumeric(code)) break;
    end += size;
  }
  return end;
}

/** Whether a name may end here: at a space, `. , | : ) (` or the right delimiter. */
export function atTerminator(input: ByteString, at: number): boolean {
  return at >= input.length || TERMINATORS.includes(input[at] ?? '') || input.startsWith('}}', at);
}

/** Whether a left delimiter that ends here has a trim marker: `-` and a space. */
export function trimsLeft(input: ByteString, at: number): boolean {
  return input[at] === '-' && isSpace(input[at + 1]);
}

/** `to`, moved back over white space, but not before `from`. */
export function trimEnd(input: ByteString, from: number, to: number): number {
  let end = to;
  while (end > from && isSpace(input[end - 1])) end--;
  return end;
}

/** `from`, moved on over white space. */
export function trimStart(input: ByteString, from: number): number {
  let start = from;
  while (isSpace(input[start])) start++;
  return start;
}

/** Whether a byte is one of the four the template language calls space. */
export function isSpace(character: string | undefined): boolean {
  return character !== undefined && SPACE.includes(character);
}

/** Whether a byte is a decimal digit. */
export function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

import { quote } from './quote.ts';
import { atTerminator, isDigit, isSpace, nameEnd, trimEnd, trimsLeft, trimStart } from './scan.ts';
import { type ByteString, decodeRune, describeRune, isAlphaNumeric } from './text.ts';

/** What a token is; a keyword is a kind of its own. */
export type TokenKind =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'identifier'
  | 'keyword'
  | 'bool'
  | 'field'
  | 'variable'
  | 'dot'
  | 'nil'
  | 'string'
  | 'character'
  | 'number'
  | 'declare'
  | 'assign'
  | 'pipe'
  | 'open'
  | 'close'
  | 'mark'
  | 'error'
  | 'end';

/** A piece of a template: its text (an `error`'s message), first byte and line. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: ByteString;
  readonly at: number;
  readonly line: number;
}

type Fault = (message: string) => Token;

const KEYWORDS = new Set('block break continue define else end if range template with'.split(' '));
const SINGLE: ReadonlyMap<string, TokenKind> = new Map([
  ['=', 'assign'],
  ['|', 'pipe'],
  ['(', 'open'],
  [')', 'close'],
]);
const NUMBER =
  /^[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/;

/** Splits a template into tokens, the last of them `end` or the `error` that stopped it. */
export function lex(input: ByteString): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let counted = 0;
  let at = 0;

  function token(kind: TokenKind, start: number, end: number): Token {
    for (; counted < start; counted++) if (input[counted] === '\n') line++;
    return { kind, text: input.slice(start, end), at: start, line };
  }
  function faultAt(start: number): Fault {
    return (message) => ({ ...token('error', start, start), text: message });
  }

  while (at < input.length) {
    const left = input.indexOf('{{', at);
    const textEnd = left < 0 ? input.length : left;
    const trimmed = left >= 0 && trimsLeft(input, left + 2);
    const kept = trimmed ? trimEnd(input, at, textEnd) : textEnd;
    if (kept > at) tokens.push(token('text', at, kept));
    if (left < 0) break;
    const inside = left + 2 + (trimmed ? 2 : 0);
    if (input.startsWith('/*', inside)) {
      const next = skipComment(input, inside, faultAt(inside));
      if (typeof next !== 'number') return [...tokens, next];
      at = next;
      continue;
    }
    tokens.push(token('left', left, left + 2));
    const next = lexAction(input, inside, tokens, token, faultAt);
    if (next === undefined) return tokens;
    at = next;
  }
  tokens.push(token('end', input.length, input.length));
  return tokens;
}

/** Reads one action up to its delimiter; gives the byte after it, `undefined` after an error token. */
function lexAction(
  input: ByteString,
  from: number,
  tokens: Token[],
  token: (kind: TokenKind, start: number, end: number) => Token,
  faultAt: (start: number) => Fault,
): number | undefined {
  let depth = 0;
  let at = from;
  for (;;) {
    const closing = rightDelimiter(input, at);
    if (closing !== undefined) {
      if (depth > 0) {
        tokens.push(faultAt(at)('unclosed left paren'));
        return undefined;
      }
      const start = at + closing.skip;
      tokens.push(token('right', start, start + 2));
      return closing.skip > 0 ? trimStart(input, start + 2) : start + 2;
    }
    const next = isSpace(input[at]) ? lexSpace(input, at, token) : lexOne(input, at, token, faultAt(at));
    if (next.kind === 'open') depth++;
    if (next.kind === 'close' && --depth < 0) {
      tokens.push(faultAt(at)('unexpected right paren'));
      return undefined;
    }
    if (next.text !== '' || next.kind === 'error') tokens.push(next);
    if (next.kind === 'error') return undefined;
    at += next.text.length;
  }
}

/** A run of spaces, less the last one where it belongs to a trimming delimiter. */
function lexSpace(
  input: ByteString,
  at: number,
  token: (kind: TokenKind, start: number, end: number) => Token,
): Token {
  let end = at;
  while (isSpace(input[end])) end++;
  return token('space', at, input.startsWith('-}}', end) ? end - 1 : end);
}

function lexOne(
  input: ByteString,
  at: number,
  token: (kind: TokenKind, start: number, end: number) => Token,
  fault: Fault,
): Token {
  const character = input[at];
  if (character === undefined) return fault('unclosed action');
  const single = SINGLE.get(character);
  if (single !== undefined) return token(single, at, at + 1);
  if (character === ':') return input[at + 1] === '=' ? token('declare', at, at + 2) : fault('expected :=');
  if (character === '"' || character === "'") {
    const kind = character === '"' ? 'string' : 'character';
    const end = quotedEnd(input, at);
    if (end !== undefined) return token(kind, at, end);
    return fault(`unterminated ${kind === 'string' ? 'quoted string' : 'character constant'}`);
  }
  if (character === '`') {
    const end = input.indexOf('`', at + 1);
    return end < 0 ? fault('unterminated raw quoted string') : token('string', at, end + 1);
  }
  const next = input[at + 1] ?? '';
  if (character === '$' || (character === '.' && !isDigit(next))) {
    const end = nameEnd(input, at + 1);
    if (!atTerminator(input, end)) return fault(`bad character ${describeRune(decodeRune(input, end).code)}`);
    if (character === '$') return token('variable', at, end);
    return token(end === at + 1 ? 'dot' : 'field', at, end);
  }
  if ('+-.'.includes(character) || isDigit(character)) return lexNumber(input, at, token, fault);
  const { code } = decodeRune(input, at);
  if (isAlphaNumeric(code)) {
    const end = nameEnd(input, at);
    if (!atTerminator(input, end)) return fault(`bad character ${describeRune(decodeRune(input, end).code)}`);
    return token(wordKind(input.slice(at, end)), at, end);
  }
  if (code > 0x20 && code < 0x7f) return token('mark', at, at + 1);
  return fault(`unrecognized character in action: ${describeRune(code)}`);
}

function lexNumber(
  input: ByteString,
  at: number,
  token: (kind: TokenKind, start: number, end: number) => Token,
  fault: Fault,
): Token {
  const end = at + (NUMBER.exec(input.slice(at, at + 100))?.[0].length ?? 0);
  const after = end < input.length ? decodeRune(input, end) : undefined;
  if (after !== undefined && isAlphaNumeric(after.code))
    return fault(`bad number syntax: ${quote(input.slice(at, end + after.size))}`);
  // A sum such as 1+2i: Go's complex constants, which no name of an image needs.
  if (after !== undefined && (after.code === 0x2b || after.code === 0x2d))
    return fault(`bad number syntax: ${quote(input.slice(at, end + 1))}`);
  return token('number', at, end);
}

function skipComment(input: ByteString, at: number, fault: Fault): number | Token {
  const end = input.indexOf('*/', at + 2);
  if (end < 0) return fault('unclosed comment');
  const closing = rightDelimiter(input, end + 2);
  if (closing === undefined) return fault('comment ends before closing delimiter');
  const after = end + 2 + closing.skip + 2;
  return closing.skip > 0 ? trimStart(input, after) : after;
}

function rightDelimiter(input: ByteString, at: number): { readonly skip: 0 | 2 } | undefined {
  if (isSpace(input[at]) && input.startsWith('-}}', at + 1)) return { skip: 2 };
  return input.startsWith('}}', at) ? { skip: 0 } : undefined;
}

function quotedEnd(input: ByteString, at: number): number | undefined {
  for (let end = at + 1; end < input.length; end++) {
    if (input[end] === input[at]) return end + 1;
    if (input[end] === '\\') end++;
    if (input[end] === '\n') return undefined;
  }
  return undefined;
}

function wordKind(word: string): TokenKind {
  if (KEYWORDS.has(word)) return 'keyword';
  if (word === 'true' || word === 'false') return 'bool';
  return word === 'nil' ? 'nil' : 'identifier';
}

import { type ByteString, decodeRune, encodeRune, isPrintable } from './text.ts';

/** Which quote stands around and whether everything past ASCII is escaped. */
export interface QuoteStyle {
  readonly quote: '"' | "'";
  readonly ascii: boolean;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
]);
const ESCAPE_OF: ReadonlyMap<string, string> = new Map(
  [...ESCAPES].map(([name, byte]) => [byte, `\\${name}`]),
);
const ESCAPE = /^\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/s;

/** A byte string as a Go literal (https://pkg.go.dev/strconv#Quote). */
export function quote(bytes: ByteString, style: QuoteStyle = { quote: '"', ascii: false }): ByteString {
  let out = style.quote;
  for (let at = 0; at < bytes.length; ) {
    const { code, size } = decodeRune(bytes, at);
    const raw = bytes.slice(at, at + size);
    at += size;
    if (size === 1 && code === 0xfffd) out += `\\x${hex(raw.charCodeAt(0), 2)}`;
    else if (raw === style.quote) out += `\\${raw}`;
    else out += ESCAPE_OF.get(raw) ?? (isPlain(code, style.ascii) ? raw : escapeCode(code));
  }
  return out + style.quote;
}

/** Whether a byte string can stand between back quotes as it is. */
export function canBackquote(bytes: ByteString): boolean {
  for (let at = 0; at < bytes.length; ) {
    const { code, size } = decodeRune(bytes, at);
    at += size;
    if (
      size === 1
        ? code === 0xfffd || (code < 0x20 && code !== 9) || code === 0x60 || code === 0x7f
        : code === 0xfeff
    )
      return false;
  }
  return true;
}

/** The bytes a Go string literal (with its quotes) stands for; `undefined` if it is malformed. */
export function unquote(literal: ByteString): ByteString | undefined {
  const body = literal.slice(1, -1);
  if (literal.startsWith('`')) return body.replaceAll('\r', '');
  let out = '';
  for (let at = 0; at < body.length; ) {
    const part = unquoteOne(body, at, '"');
    if (part === undefined) return undefined;
    out += part.bytes;
    at += part.length;
  }
  return out;
}

/** The code point of a Go character literal; `undefined` if it is malformed, `'many'` if it holds more than one. */
export function unquoteCharacter(literal: ByteString): number | 'many' | undefined {
  const part = literal[1] === "'" ? undefined : unquoteOne(literal, 1, "'");
  if (part === undefined) return undefined;
  return literal.slice(1 + part.length) === "'" ? part.code : 'many';
}

interface Part {
  readonly bytes: ByteString;
  readonly code: number;
  readonly length: number;
}

function unquoteOne(text: ByteString, at: number, mark: '"' | "'"): Part | undefined {
  if (text[at] !== '\\') {
    const { code, size } = decodeRune(text, at);
    return { bytes: text.slice(at, at + size), code, length: size };
  }
  const match = ESCAPE.exec(text.slice(at, at + 10));
  if (match === null) return undefined;
  const [{ length }, byte, octal, short, long, name] = match;
  const number = byte ?? octal;
  if (number !== undefined) {
    const code = Number.parseInt(number, byte === undefined ? 8 : 16);
    return code > 0xff ? undefined : { bytes: String.fromCharCode(code), code, length };
  }
  const point = short ?? long;
  if (point !== undefined) {
    const code = Number.parseInt(point, 16);
    const valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return valid ? { bytes: encodeRune(code), code, length } : undefined;
  }
  const bytes = name === mark ? mark : ESCAPES.get(name ?? '');
  return bytes === undefined ? undefined : { bytes, code: bytes.charCodeAt(0), length };
}

function isPlain(code: number, ascii: boolean): boolean {
  return ascii ? code >= 0x20 && code < 0x7f : isPrintable(code);
}

function escapeCode(code: number): string {
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}

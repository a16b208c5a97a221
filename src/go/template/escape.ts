import { type ByteString, decodeRune, isPrintable } from './text.ts';

const HTML: ReadonlyMap<string, string> = new Map([
  ['\0', '\xef\xbf\xbd'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/** Go's `template.HTMLEscapeString`. */
export function escapeHtml(bytes: ByteString): ByteString {
  return bytes.replace(/[\0"'&<>]/g, (byte) => HTML.get(byte) ?? byte);
}

/** Go's `template.JSEscapeString`. */
export function escapeJs(bytes: ByteString): ByteString {
  let out = '';
  for (let at = 0; at < bytes.length; ) {
    const { code, size } = decodeRune(bytes, at);
    const raw = bytes.slice(at, at + size);
    at += size;
    if ('\\\'"'.includes(raw)) out += `\\${raw}`;
    else if ('<>&='.includes(raw) || code < 0x20 || (code > 0x7f && !isPrintable(code)))
      out += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
    else out += raw;
  }
  return out;
}

/** Go's `url.QueryEscape`. */
export function escapeQuery(bytes: ByteString): ByteString {
  return bytes.replace(/[^A-Za-z0-9._~-]/gs, (byte) =>
    byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

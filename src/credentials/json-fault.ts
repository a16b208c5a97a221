/** A place in a text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or close';

const SPACE = /[ \t\r\n]*/y;
// From the space upwards without quote and backslash: JSON (RFC 8259) forbids control characters in strings.
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/**
 * The place of the first token that is no JSON; undefined for valid JSON. `JSON.parse` knows it too, but its
 * messages quote the text around it, and around it are secrets.
 */
export function jsonFault(text: string): Place | undefined {
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  let at = skip(SPACE, text, 0);
  for (;;) {
    const char = text[at];
    if (expected === 'value or ]' && char === ']') {
      open.pop();
      expected = 'comma or close';
      at += 1;
    } else if (expected === 'key or }' && char === '}') {
      open.pop();
      expected = 'comma or close';
      at += 1;
    } else if (expected === 'value' || expected === 'value or ]') {
      if (char === '[' || char === '{') {
        open.push(char);
        expected = char === '[' ? 'value or ]' : 'key or }';
        at += 1;
      } else {
        const end = skip(char === '"' ? STRING : SCALAR, text, at);
        if (end === at) return placeOf(text, at);
        expected = 'comma or close';
        at = end;
      }
    } else if (expected === 'key' || expected === 'key or }') {
      const end = skip(STRING, text, at);
      if (end === at) return placeOf(text, at);
      expected = 'colon';
      at = end;
    } else if (expected === 'colon') {
      if (char !== ':') return placeOf(text, at);
      expected = 'value';
      at += 1;
    } else {
      const inside = open.at(-1);
      if (inside === undefined) return char === undefined ? undefined : placeOf(text, at);
      if (char === ',') {
        expected = inside === '[' ? 'value' : 'key';
      } else if (char === (inside === '[' ? ']' : '}')) {
        open.pop();
      } else {
        return placeOf(text, at);
      }
      at += 1;
    }
    at = skip(SPACE, text, at);
  }
}

/** The end of what a sticky pattern matches at a place; the place itself if nothing. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

function placeOf(text: string, at: number): Place {
  const lines = text.slice(0, at).split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

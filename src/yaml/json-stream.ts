/** One JSON value of a stream: its range in the text, and whether it is JSON to the letter. */
export interface JsonRange {
  readonly start: number;
  readonly end: number;
  readonly valid: boolean;
}

/**
 * Finds the objects and arrays of a stream of JSON values, with or without white space between them; undefined where
 * the text does not begin with valid JSON, or has something else than a value between values.
 */
export function jsonValues(text: string): JsonRange[] | undefined {
  const ranges: JsonRange[] = [];
  for (let position = skipSpace(text, 0); position < text.length; ) {
    const end = valueEnd(text, position);
    if (end === undefined) return undefined;
    const valid = isJson(text.slice(position, end));
    if (!valid && ranges.length === 0) return undefined;
    ranges.push({ start: position, end, valid });
    position = skipSpace(text, end);
  }
  return ranges;
}

function skipSpace(text: string, from: number): number {
  const space = /[ \t\r\n\uFEFF]*/y;
  space.lastIndex = from;
  space.test(text);
  return space.lastIndex;
}

function valueEnd(text: string, start: number): number | undefined {
  if (text[start] !== '{' && text[start] !== '[') return undefined;
  let depth = 0;
  const token = /["{}[\]]/g;
  token.lastIndex = start;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '"') {
      const quoted = /(?:[^"\\]|\\.)*"/y;
      quoted.lastIndex = token.lastIndex;
      if (!quoted.test(text)) return undefined;
      token.lastIndex = quoted.lastIndex;
    } else if (match[0] === '{' || match[0] === '[') {
      depth += 1;
    } else {
      depth -= 1;
      if (depth === 0) return token.lastIndex;
    }
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

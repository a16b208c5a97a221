import { plainType } from './scalar.ts';
import type { Node, YamlTree } from './tree.ts';
import { SCALAR_STYLE } from '../yaml/index.ts';

/** How a text is written where it stands. */
export type WritingStyle = 'plain' | 'single-quoted' | 'double-quoted' | 'block';

/** The text of a scalar, or an alias, as a range of UTF-16 units to write over, quotes and block header left out. */
export interface Slot {
  readonly start: number;
  readonly end: number;
  readonly style: WritingStyle;
}

/** Finds what to write over so that a scalar, or an alias, becomes another text; undefined for any other node. */
export function slotOf(tree: YamlTree, node: Node): Slot | undefined {
  const alias = tree.aliasRange(node);
  if (alias !== undefined) return { ...alias, style: 'plain' };
  const event = tree.scalar(node);
  if (event === undefined || event.valueStart < 0) return undefined;
  const { valueStart: start, valueEnd: end } = event;
  switch (event.style) {
    case SCALAR_STYLE.SINGLE_QUOTED:
      return { start, end, style: 'single-quoted' };
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return { start, end, style: 'double-quoted' };
    case SCALAR_STYLE.PLAIN:
      return { start, end, style: 'plain' };
    default:
      return blockSlot(tree.source.slice(start, end), start, event.indent);
  }
}

/** From the first character of a block scalar's content to its last, white space included, so that indentation and line ends stay. */
function blockSlot(region: string, offset: number, indent: number): Slot {
  const content = /^.*\S[ \t]*/s.exec(region)?.[0] ?? '';
  const blankLines = /^(?:[ \t]*\r?\n)*/.exec(content)?.[0].length ?? 0;
  return { start: offset + blankLines + Math.max(indent, 0), end: offset + content.length, style: 'block' };
}

/** Whether a text can be written in every style: one line without control characters or white space around it. */
export function isWritable(text: string): boolean {
  return text !== '' && text.trim() === text && !/[\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/u.test(text);
}

/** Writes a text in a style; what would read as something else when plain is put between double quotes. */
export function writeScalar(text: string, style: WritingStyle): string {
  switch (style) {
    case 'single-quoted':
      return text.replaceAll("'", "''");
    case 'double-quoted':
      return JSON.stringify(text).slice(1, -1);
    case 'block':
      return text;
    default:
      return isPlain(text) ? text : JSON.stringify(text);
  }
}

/** Narrower than YAML, so as to hold within brackets and for every parser: all that image names are made of. */
function isPlain(text: string): boolean {
  // Digits and colons alone are a number in base 60, or a time, to some parsers.
  return (
    /^[A-Za-z0-9](?:[\w./@:+-]*[\w/])?$/.test(text) &&
    !/^[\d:._-]*$/.test(text) &&
    plainType(text) === 'string'
  );
}

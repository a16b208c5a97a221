/** How a piece of text is meant. */
export type Tone = 'strong' | 'quiet' | 'removed' | 'added' | 'accent' | 'warning';

/** Where and how text is shown. */
export interface Paper {
  /** Columns a line may take. */
  readonly width: number;
  paint(text: string, tone: Tone): string;
}

const CODES: Readonly<Record<Tone, string>> = {
  strong: '1',
  quiet: '2',
  removed: '31',
  added: '32',
  accent: '36',
  warning: '33',
};
const WIDEST = 120;
const SHORT_HEX = 8;

/** The paper of an output: colours only on a terminal, and not where `NO_COLOR` is set (no-color.org). */
export function paperOf(
  output: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): Paper {
  const color = output.isTTY === true && (env['NO_COLOR'] ?? '') === '';
  return {
    // A terminal that does not know its size says 0.
    width: Math.min(output.columns || WIDEST, WIDEST),
    paint: (text, tone) => (color && text !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text),
  };
}

/** Cuts a text without colours to a width. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;
}

/** Breaks a text between words so that it fits a width; later lines are indented. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `${indent}${word}`);
  }
  return lines;
}

/** Shortens what is too long for eyes: the hexadecimal digits of digests. */
export function shortDigests(text: string): string {
  return text.replace(/(?<=[:@-])[0-9a-f]{64}\b/g, (hex) => `${hex.slice(0, SHORT_HEX)}…`);
}

/** Lays rows out in columns; a column is as wide as its widest cell, the last is cut at `width`. */
export function columns(
  rows: readonly (readonly string[])[],
  { width, right = [] }: { readonly width: number; readonly right?: readonly number[] },
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      right.includes(index) ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
    );
    return clip(cells.join('  ').trimEnd(), width);
  });
}

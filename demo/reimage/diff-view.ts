import { type Change, diffLines, type Hunk, hunksOf } from '../diff.ts';
import { clip, type Paper, shortDigests } from '../paint.ts';

/** A file as part of the stream of all files. */
export interface Section {
  readonly name: string;
  /** Lines of the stream above it. */
  readonly start: number;
  readonly lines: readonly string[];
}

const CONTEXT = 1;
const GAP = '⋮';
const GUTTER = 5;
const SIGN = 3;
/** Columns by which the rest of a long line stands in. */
const FOLD = 4;

/** Finds files, given by name and content, in the stream that they were joined to. */
export function sectionsOf(stream: string, files: ReadonlyMap<string, string>): readonly Section[] {
  const sections: Section[] = [];
  let from = 0;
  for (const [name, content] of files) {
    const at = stream.indexOf(content, from);
    if (at < 0) throw new Error(`${name} changed while the demo ran`);
    const lines = content.replace(/\n$/, '').split('\n');
    sections.push({ name, start: stream.slice(0, at).split('\n').length - 1, lines });
    from = at + content.length;
  }
  return sections;
}

/** Draws what changed in each file, as a unified diff with line numbers. */
export function drawDiff(
  before: string,
  after: string,
  sections: readonly Section[],
  paper: Paper,
): { readonly text: readonly string[]; readonly changed: number } {
  const changes = diffLines(before.split('\n'), after.split('\n'));
  const text: string[] = [];
  for (const { name, start, lines } of sections) {
    const own: Change[] = changes
      .filter(({ at }) => at >= start && at < start + lines.length)
      .map((change) => ({ ...change, at: change.at - start }));
    if (own.length === 0) continue;
    if (text.length > 0) text.push('');
    text.push(paper.paint(name, 'strong'));
    for (const [index, hunk] of hunksOf(own, lines, CONTEXT).entries()) {
      if (index > 0) text.push(paper.paint(GAP.padStart(GUTTER), 'quiet'));
      text.push(...drawHunk(hunk, paper));
    }
  }
  return { text, changed: changes.reduce((sum, { removed }) => sum + removed.length, 0) };
}

/** Takes from all lines the indentation that they share: names are long enough without. */
function outdent(hunk: Hunk): Hunk {
  const indents = hunk
    .filter(({ text }) => text.trim() !== '')
    .map(({ text }) => /^ */.exec(text)?.[0].length ?? 0);
  const shared = Math.min(...indents);
  return hunk.map((line) => ({ ...line, text: line.text.slice(shared) }));
}

function drawHunk(hunk: Hunk, paper: Paper): string[] {
  const lines = outdent(hunk).map((line) => ({ ...line, text: shortDigests(line.text.replace(/\r$/, '')) }));
  const room = paper.width - GUTTER - SIGN;
  return lines.flatMap(({ kind, number, text }, index) => {
    const gutter = paper.paint(String(number ?? '').padStart(GUTTER), 'quiet');
    if (kind === 'same') return [`${gutter}   ${clip(text, room)}`];
    const twin = lines[kind === 'removed' ? index + 1 : index - 1];
    const range = twin && twin.kind !== 'same' ? differing(text, twin.text) : { from: 0, to: text.length };
    const sign = paper.paint(kind === 'removed' ? '-' : '+', kind);
    return folded(text, room).map(({ start, row }) => {
      const [from, to] = [range.from - start, range.to - start].map((at) => Math.max(at, 0));
      const painted =
        paper.paint(row.slice(0, from), 'quiet') +
        paper.paint(row.slice(from, to), kind) +
        paper.paint(row.slice(to), 'quiet');
      return start === 0 ? `${gutter} ${sign} ${painted}` : ' '.repeat(GUTTER + SIGN + FOLD) + painted;
    });
  });
}

/** A line in rows; a reference too long for one goes on at its digest, if it can. */
function folded(text: string, width: number): { readonly start: number; readonly row: string }[] {
  if (text.length <= width) return [{ start: 0, row: text }];
  const digest = text.lastIndexOf('@', width);
  const end = digest > 0 ? digest : width;
  const rows = [{ start: 0, row: text.slice(0, end) }];
  const step = Math.max(width - FOLD, 1);
  for (let start = end; start < text.length; start += step) {
    rows.push({ start, row: text.slice(start, start + step) });
  }
  return rows;
}

/** The part of a text that another does not share with it, from both ends. */
function differing(text: string, other: string): { readonly from: number; readonly to: number } {
  const shorter = Math.min(text.length, other.length);
  let from = 0;
  while (from < shorter && text[from] === other[from]) from++;
  let after = 0;
  while (after < shorter - from && text.at(-1 - after) === other.at(-1 - after)) after++;
  return { from, to: text.length - after };
}

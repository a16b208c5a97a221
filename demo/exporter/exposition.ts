import { type Paper, shortDigests } from '../paint.ts';

/** A line of the exposition, taken apart. */
export interface Sample {
  /** As it was served. */
  readonly line: string;
  readonly family: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;
/** Columns by which the rest of a long line stands in. */
const FOLD = 4;
const INDENT = '  ';
/** Columns that every window has, or nearly. */
const WIDTH = 88;

/** Reads the samples of a scrape; of escapes in values nothing is undone. */
export function readSamples(text: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const family = /^\w+/.exec(line)?.[0] ?? '';
      const labels = Object.fromEntries(
        [...line.matchAll(LABEL)].map(([, name = '', value = '']) => [name, value]),
      );
      return { line, family, labels, value: Number(line.slice(line.lastIndexOf(' '))) };
    });
}

/** The samples of a family, its name without `container_image_`, that have these labels. */
export function samplesOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>>,
): readonly Sample[] {
  return samples.filter((sample) => sample.family === `container_image_${name}` && hasLabels(sample, labels));
}

/** Draws lines as they were served, for eyes; `note` stands behind the last row of one. */
export function drawSamples(
  samples: readonly Sample[],
  paper: Paper,
  note: (sample: Sample) => string = () => '',
): string[] {
  return samples.flatMap((sample) => {
    const rows = folded(sample.line, widthOf(paper) - INDENT.length).map((row) => INDENT + row);
    const remark = note(sample);
    return remark === ''
      ? rows
      : [...rows.slice(0, -1), `${rows.at(-1)}  ${paper.paint(`← ${remark}`, 'quiet')}`];
  });
}

/** Draws lines that went and lines that came, those of one family together. */
export function drawChange(before: readonly Sample[], after: readonly Sample[], paper: Paper): string[] {
  const linesOf = (samples: readonly Sample[]): Set<string> => new Set(samples.map(({ line }) => line));
  const [old, now] = [linesOf(before), linesOf(after)];
  const families = [...new Set([...before, ...after].map(({ family }) => family))].toSorted();
  return families.flatMap((name) => [
    ...drawSigned(
      'removed',
      before.filter(({ family, line }) => family === name && !now.has(line)),
      paper,
    ),
    ...drawSigned(
      'added',
      after.filter(({ family, line }) => family === name && !old.has(line)),
      paper,
    ),
  ]);
}

function drawSigned(kind: 'removed' | 'added', samples: readonly Sample[], paper: Paper): string[] {
  const sign = kind === 'removed' ? '- ' : '+ ';
  return samples.flatMap(({ line }) =>
    folded(line, widthOf(paper) - sign.length).map((row, index) =>
      paper.paint(`${index === 0 ? sign : INDENT}${row}`, kind),
    ),
  );
}

/** Draws a line of a log. */
export function drawLogLine(line: string, paper: Paper): string[] {
  return folded(line, widthOf(paper) - INDENT.length).map((row) => INDENT + row);
}

/** A line in rows, digests cut short; where it is too long it goes on with its next label or field. */
function folded(line: string, width: number): string[] {
  const rows: string[] = [];
  for (const piece of shortDigests(line).split(/(?<=[{, ])(?=\w+=)/)) {
    const row = rows.at(-1);
    if (row === undefined) rows.push(piece);
    else if (row.length + piece.trimEnd().length <= width) rows[rows.length - 1] = row + piece;
    else rows.push(' '.repeat(FOLD) + piece);
  }
  return rows.map((row) => row.trimEnd());
}

function widthOf(paper: Paper): number {
  return Math.min(paper.width, WIDTH);
}

function hasLabels(sample: Sample, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}

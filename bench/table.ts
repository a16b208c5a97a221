import { type Figures, type Measured, type RowResult, US } from './row.ts';
import { limitsOf, missed, timesOurs } from './verdict.ts';

/** The head of the table, and its cells line by line. */
export const HEAD = [
  '',
  'time',
  'requests',
  'connections',
  'blobs sent',
  'peak memory',
  'times ours',
] as const;

/** The head of the short table: a row for each piece of work. */
export const SUMMARY_HEAD = [
  '',
  'reimage',
  'goal',
  'best of the others here',
  'times ours',
  'Go reimage †',
  'times ours',
];

const NONE = '–';
const MB = 1_000_000;

/** The cells of one piece of work: ours, the goal, the peers of this run, and what is known of others. */
export function cellsOf(result: RowResult): readonly (readonly string[])[] {
  const { row, measured } = result;
  const us = measured.find(({ subject }) => subject === US);
  const limits = limitsOf(result);
  const over = us ? missed(us, limits) : [];
  const verdict = over.length === 0 ? 'reached' : `missed: ${over.join(', ')}`;
  return [
    ...(us ? [line(US, us, '1')] : []),
    line('goal', limits, verdict, '≤ '),
    ...measured
      .filter(({ subject }) => subject !== US)
      .map((peer) => line(peer.subject, peer, ratio(us, peer))),
    ...row.known.map((known) => line(`${known.subject} †`, known, ratio(us, known))),
  ];
}

/** One piece of work in a row: what counts, against the best of the others. */
export function summaryOf(result: RowResult): readonly string[] {
  const { row, measured } = result;
  const us = measured.find(({ subject }) => subject === US);
  const others = measured.filter(({ subject }) => subject !== US);
  const [best] = others.toSorted((a, b) => (a.milliseconds ?? 0) - (b.milliseconds ?? 0));
  const go = row.known.find(({ subject }) => subject.startsWith('Go '));
  return [
    row.name,
    us ? brief(us) : NONE,
    brief(limitsOf(result), '≤ '),
    best ? `${best.subject}: ${brief(best)}` : NONE,
    best ? ratio(us, best) : NONE,
    go ? brief(go) : NONE,
    go ? ratio(us, go) : NONE,
  ];
}

/** Prints results for a terminal. */
export function printTable(results: readonly RowResult[]): string {
  const blocks = results.map((result) => ({ title: result, cells: cellsOf(result) }));
  const all = [[...HEAD], ...blocks.flatMap(({ cells }) => cells)];
  const widths = HEAD.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)));
  const draw = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const lines = blocks.flatMap(({ title, cells }) => [
    '',
    `${title.row.name}: ${title.row.work}`,
    ...cells.map((row) => `  ${draw(row)}`),
  ]);
  return `  ${draw(HEAD)}\n${lines.join('\n')}\n\n† measured when the goals were set, not in this run\n`;
}

function line(name: string, figures: Figures, last: string, sign = ''): string[] {
  const { milliseconds, requests, connections, blobs, memory } = figures;
  const cell = (value: number | undefined, format: (value: number) => string): string =>
    value === undefined ? NONE : sign + format(value);
  return [
    name,
    cell(milliseconds, formatTime),
    cell(requests, formatInteger),
    cell(connections, formatInteger),
    cell(blobs, formatInteger),
    cell(memory, (bytes) => `${Math.round(bytes / MB)} MB`),
    last,
  ];
}

/** Time and requests, as far as they are known. */
function brief({ milliseconds, requests }: Figures, sign = ''): string {
  const parts = [
    ...(milliseconds === undefined ? [] : [sign + formatTime(milliseconds)]),
    ...(requests === undefined ? [] : [`${sign}${formatInteger(requests)} requests`]),
  ];
  return parts.length === 0 ? NONE : parts.join(', ');
}

function ratio(us: Measured | undefined, other: Measured): string {
  const times = timesOurs(us, other);
  return times === undefined ? NONE : times.toFixed(times < 9.95 ? 1 : 0);
}

function formatTime(milliseconds: number): string {
  return milliseconds < 995 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

function formatInteger(value: number): string {
  return value.toLocaleString('en-US');
}

import { brief, columnsOf } from './columns.ts';
import { type Figures, type Measured, type Row, type RowResult, US } from './row.ts';
import { limitsOf, missed, timesOurs } from './verdict.ts';

/** The heads of the short tables, which have a row for each piece of work. */
export const SUMMARY_HEAD = [
  '',
  'reimage',
  'goal',
  'best of the others here',
  'times ours',
  'Go reimage †',
  'times ours',
];
export const EXPORTER_SUMMARY_HEAD = ['', 'exporter', 'goal', 'Go exporter †', 'times ours'];

const NONE = '–';

/** The head of the table of a piece of work. */
export function headOf(row: Pick<Row, 'us'>): readonly string[] {
  return ['', ...columnsOf(row).map(({ title }) => title), 'times ours'];
}

/** The cells of one piece of work: ours, the goal, the peers of this run, and what is known of others. */
export function cellsOf(result: RowResult): readonly (readonly string[])[] {
  const { row } = result;
  const { us, others } = parted(result);
  const limits = limitsOf(result);
  const over = us ? missed(us, limits) : [];
  const reached = Object.keys(limits).length === 0 ? NONE : 'reached';
  const verdict = over.length === 0 ? reached : `missed: ${over.join(', ')}`;
  return [
    ...(us ? [line(row, us.subject, us, '1')] : []),
    line(row, 'goal', limits, verdict, '≤ '),
    ...others.map((peer) => line(row, peer.subject, peer, ratio(us, peer))),
    ...row.known.map((known) => line(row, `${known.subject} †`, known, ratio(us, known))),
  ];
}

/** One piece of work in a row: what counts, against the best of the others. */
export function summaryOf(result: RowResult): readonly string[] {
  const { row } = result;
  const { us, others } = parted(result);
  const go = row.known.find(({ subject }) => subject.startsWith('Go '));
  const ours = [row.name, us ? inShort(row, us) : NONE, inShort(row, limitsOf(result), '≤ ')];
  const known = [go ? inShort(row, go) : NONE, go ? ratio(us, go) : NONE];
  if (row.us !== undefined) return [...ours, ...known];
  const [best] = others.toSorted((a, b) => (a.milliseconds ?? 0) - (b.milliseconds ?? 0));
  const peer = best ? [`${best.subject}: ${inShort(row, best)}`, ratio(us, best)] : [NONE, NONE];
  return [...ours, ...peer, ...known];
}

/** Prints results for a terminal, those of each program below a head of their own. */
export function printTable(results: readonly RowResult[]): string {
  const groups = [
    results.filter(({ row }) => row.us === undefined),
    results.filter(({ row }) => row.us !== undefined),
  ];
  const blocks = groups.filter((group) => group.length > 0).map(printGroup);
  return `${blocks.join('\n')}\n† measured when the goals were set, not in this run\n`;
}

function printGroup(results: readonly RowResult[]): string {
  const head = results[0] ? headOf(results[0].row) : [];
  const blocks = results.map((result) => ({ title: result, cells: cellsOf(result) }));
  const all = [head, ...blocks.flatMap(({ cells }) => cells)];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)));
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
  return `  ${draw(head)}\n${lines.join('\n')}\n`;
}

function parted({ row, measured }: RowResult): {
  readonly us: Measured | undefined;
  readonly others: readonly Measured[];
} {
  const ours = row.us ?? US;
  return {
    us: measured.find(({ subject }) => subject === ours),
    others: measured.filter(({ subject }) => subject !== ours),
  };
}

function line(row: Row, name: string, figures: Figures, last: string, sign = ''): string[] {
  const cells = columnsOf(row).map(({ figure, format }) => {
    const value = figures[figure];
    return value === undefined ? NONE : sign + format(value);
  });
  return [name, ...cells, last];
}

function inShort(row: Row, figures: Figures, sign = ''): string {
  return brief(row, figures, sign) ?? NONE;
}

function ratio(us: Measured | undefined, other: Measured): string {
  const times = timesOurs(us, other);
  return times === undefined ? NONE : times.toFixed(times < 9.95 ? 1 : 0);
}

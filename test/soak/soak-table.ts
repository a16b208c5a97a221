/** The state of a run at one moment. */
export interface Minute {
  /** Milliseconds since the start. */
  readonly at: number;
  /** Memory in bytes. */
  readonly resident: number;
  readonly peak: number;
  readonly heap: number;
  readonly series: number;
  readonly openFiles: number;
  readonly workloads: number;
  /** Since the start, like the requests at each registry, what happened to servers, and each scraper's scrapes. */
  readonly changes: number;
  readonly requests: readonly number[];
  readonly upheavals: number;
  readonly scrapes: readonly number[];
  /** Milliseconds of the slowest scrape since the line before. */
  readonly slowest: number;
}

const COLUMNS: readonly (readonly [name: string, (minute: Minute) => string])[] = [
  ['minute', ({ at }) => (at / 60_000).toFixed(1)],
  ['RSS MB', ({ resident }) => megabytes(resident)],
  ['peak MB', ({ peak }) => megabytes(peak)],
  ['heap MB', ({ heap }) => megabytes(heap)],
  ['series', ({ series }) => String(series)],
  ['files', ({ openFiles }) => String(openFiles)],
  ['workloads', ({ workloads }) => String(workloads)],
  ['changes', ({ changes }) => String(changes)],
  ['registry requests', ({ requests }) => requests.join(' + ')],
  ['upheavals', ({ upheavals }) => String(upheavals)],
  ['scrapes', ({ scrapes }) => scrapes.join(' + ')],
  ['slowest ms', ({ slowest }) => String(Math.round(slowest))],
];

/** The table of a run, a line for each moment. */
export function printMinutes(minutes: readonly Minute[]): string {
  const rows = [
    COLUMNS.map(([name]) => name),
    ...minutes.map((minute) => COLUMNS.map(([, cell]) => cell(minute))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows
    .map((cells) => `${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}\n`)
    .join('');
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

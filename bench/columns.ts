import type { Figures, Row } from './row.ts';

/** A figure as the tables show it. */
export interface Column {
  readonly figure: keyof Figures;
  readonly title: string;
  /** As in `missed: …`. */
  readonly word: string;
  readonly format: (value: number) => string;
}

const MB = 1_000_000;

/** All figures, in the order of the tables. */
export const COLUMNS: readonly Column[] = [
  { figure: 'milliseconds', title: 'time', word: 'time', format: formatTime },
  { figure: 'requests', title: 'requests', word: 'requests', format: formatInteger },
  { figure: 'connections', title: 'connections', word: 'connections', format: formatInteger },
  { figure: 'blobs', title: 'blobs sent', word: 'blobs', format: formatInteger },
  { figure: 'memory', title: 'peak memory', word: 'memory', format: formatMemory },
  { figure: 'settled', title: 'settled memory', word: 'settled memory', format: formatMemory },
  { figure: 'stall', title: 'longest stall', word: 'stall', format: formatTime },
  { figure: 'scrape', title: 'slowest scrape', word: 'scrape', format: formatTime },
  { figure: 'apiRequests', title: 'API requests', word: 'API requests', format: formatInteger },
];

const OF_REIMAGE = new Set<keyof Figures>(['milliseconds', 'requests', 'connections', 'blobs', 'memory']);
const OF_EXPORTER = new Set<keyof Figures>([
  'milliseconds',
  'requests',
  'connections',
  'memory',
  'settled',
  'stall',
  'scrape',
  'apiRequests',
]);

/** The columns of the program that a row is about. */
export function columnsOf({ us }: Pick<Row, 'us'>): readonly Column[] {
  return COLUMNS.filter(({ figure }) => (us === undefined ? OF_REIMAGE : OF_EXPORTER).has(figure));
}

/** What counts most of a row, in a few words; figures that are not known are left out. */
export function brief(row: Pick<Row, 'us'>, figures: Figures, sign = ''): string | undefined {
  const { milliseconds, requests, memory } = figures;
  const parts = [
    ...(milliseconds === undefined ? [] : [sign + formatTime(milliseconds)]),
    ...(requests === undefined ? [] : [`${sign}${formatInteger(requests)} requests`]),
    ...(memory === undefined || row.us === undefined ? [] : [sign + formatMemory(memory)]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function formatTime(milliseconds: number): string {
  return milliseconds < 995 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

function formatInteger(value: number): string {
  return value.toLocaleString('en-US');
}

function formatMemory(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}

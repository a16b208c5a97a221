import type { Mapped } from './images.ts';
import { columns, type Paper, shortDigests } from '../paint.ts';
import type { Traffic } from './registries.ts';

/** A run of the command, for the table. */
export interface Run {
  readonly title: string;
  readonly milliseconds: number;
  readonly traffic: Traffic;
}

const INDENT = '  ';
const NONE = '–';
/** The order of a copy: who are you, what is it, take it, bring it, what hangs on it. */
const KINDS: readonly string[] = [
  '401',
  'token',
  'HEAD manifest',
  'GET manifest',
  'GET blob',
  'HEAD blob',
  'mount',
  'POST upload',
  'PATCH upload',
  'PUT upload',
  'PUT manifest',
  'GET referrers',
  'GET tags',
];

/** Draws the mapping, each image with what it became; `prefix` is what targets begin with. */
export function drawMapping(mapping: readonly Mapped[], prefix: string, paper: Paper): string[] {
  const rows = mapping.map(({ from, tag }) => [
    shortDigests(from),
    '→',
    shortDigests(tag.startsWith(prefix) ? tag.slice(prefix.length) : tag),
  ]);
  return indented(columns(rows, { width: paper.width - INDENT.length }));
}

/** Draws what runs did side by side. */
export function drawRuns(runs: readonly Run[], paper: Paper): string[] {
  const row = (name: string, value: (run: Run) => string): string[] => [name, ...runs.map(value)];
  const rows = [
    row('', ({ title }) => title),
    row('time', ({ milliseconds }) => `${(milliseconds / 1000).toFixed(1)} s`),
    row('blobs sent', ({ traffic }) => number(traffic.blobs)),
    row('bytes sent', ({ traffic }) => size(traffic.bytes)),
    row('blobs mounted', ({ traffic }) => number(traffic.mounted)),
    row('requests', ({ traffic }) => number(requestsOf(traffic))),
    ...kindsOf(runs).map((kind) =>
      row(`  ${kind === '401' ? 'refused without a token (401)' : kind}`, ({ traffic }) =>
        number((traffic.read[kind] ?? 0) + (traffic.written[kind] ?? 0)),
      ),
    ),
  ];
  const right = runs.map((_, index) => index + 1);
  const [title = '', ...lines] = indented(columns(rows, { width: paper.width - INDENT.length, right }));
  return [paper.paint(title, 'quiet'), ...lines];
}

function requestsOf({ read, written }: Traffic): number {
  return [...Object.values(read), ...Object.values(written)].reduce((sum, count) => sum + count, 0);
}

/** A size for people: `812 KiB`, `9.1 MiB`. */
export function size(bytes: number): string {
  if (bytes === 0) return NONE;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** A number of things: `1 image`, `2 images`. */
export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function kindsOf(runs: readonly Run[]): readonly string[] {
  const seen = runs.flatMap(({ traffic }) => [...Object.keys(traffic.read), ...Object.keys(traffic.written)]);
  const others = [...new Set(seen)].filter((kind) => !KINDS.includes(kind)).toSorted();
  return [...KINDS.filter((kind) => seen.includes(kind)), ...others];
}

function number(value: number): string {
  return value === 0 ? NONE : String(value);
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => INDENT + line);
}

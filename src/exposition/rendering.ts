import type { Family } from './family.ts';

/** `text` is Prometheus' text format 0.0.4; sample lines are the same in both, headers are not. */
export type Format = 'text' | 'openmetrics';

/** Texts of which each character is a byte, so that writing one is copying it: UTF-8 read as latin1. */
export type ByteString = string;

/**
 * UTF-8 as a byte string. The detour over a buffer also leaves one flat string that holds on to nothing: joined
 * texts are trees of their parts in V8, and parts of a document keep all of it alive.
 */
export function toByteString(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The lines before the samples of a family; OpenMetrics names a counter without its `_total`. */
export function renderHeader(family: Family, format: Format): ByteString {
  const openMetrics = format === 'openmetrics';
  const name = openMetrics && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
  const help = escape(family.help, openMetrics ? /[\\\n"]/g : /[\\\n]/g);
  return toByteString(`# HELP ${name} ${help}\n# TYPE ${name} ${family.type}\n`);
}

/** Makes lines of one family: label values in the order of its labels, and the sample's value. */
export type LineRenderer = (values: readonly string[], value: number) => string;

/** The renderer of a family of gauges or of a counter. */
export function lineRenderer(family: Family): LineRenderer {
  return (values, value) => `${family.name}${renderLabels(family.labels, values)} ${formatValue(value)}\n`;
}

/** `{name="value",…}`, or nothing where there are no labels. */
export function renderLabels(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  const pairs = names.map((name, index) => `${name}="${escapeLabelValue(values[index] ?? '')}"`);
  return `{${pairs.join(',')}}`;
}

/** A number as both formats read it. */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** A label value between its quotes; what is no character becomes U+FFFD. */
export function escapeLabelValue(value: string): string {
  return escape(value.toWellFormed(), /[\\\n"]/g);
}

function escape(text: string, special: RegExp): string {
  return text.replace(special, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

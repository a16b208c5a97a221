import type { Format } from './rendering.ts';

/** A sample as it was printed. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family with its samples, in their order. */
export interface ParsedFamily {
  /** As the headers have it. */
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

const SUFFIXES: Readonly<Record<Format, Readonly<Record<string, readonly string[]>>>> = {
  text: { gauge: [''], counter: [''], histogram: ['_bucket', '_sum', '_count'] },
  openmetrics: { gauge: [''], counter: ['_total'], histogram: ['_bucket', '_sum', '_count'] },
};

/**
 * Reads an exposition for tests, and refuses whatever one of this exporter must not have: families without HELP,
 * TYPE or samples, or out of order, a series twice, labels out of order, bytes that are no UTF-8, anything around
 * OpenMetrics' last line.
 */
export function parseExposition(bytes: Uint8Array, format: Format): readonly ParsedFamily[] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const lines = text.split('\n');
  expect(lines.pop() === '', 'the last line has no line feed');
  if (format === 'openmetrics') expect(lines.pop() === '# EOF', 'it does not end in # EOF');
  const families: (ParsedFamily & { samples: ParsedSample[] })[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < lines.length; ) {
    const [, name = '', help = ''] = must(
      /^# HELP ([a-z_]+) (.*)$/s.exec(lines[at++] ?? ''),
      `HELP in line ${at}`,
    );
    const type = must(
      /^# TYPE ([a-z_]+) (gauge|counter|histogram)$/.exec(lines[at++] ?? ''),
      `TYPE in line ${at}`,
    );
    expect(type[1] === name, `TYPE of ${type[1]} after HELP of ${name}`);
    const before = families.at(-1)?.name;
    expect(
      before === undefined ||
        sortName(before, families.at(-1)?.type, format) < sortName(name, type[2], format),
      `${name} after ${before}`,
    );
    const samples: ParsedSample[] = [];
    for (; at < lines.length && !lines[at]?.startsWith('#'); at++) {
      const line = lines[at] ?? '';
      const series = line.slice(0, line.lastIndexOf(' '));
      expect(!seen.has(series), `a series twice: ${series}`);
      seen.add(series);
      const sample = parseSample(line);
      const suffixes = SUFFIXES[format][type[2] ?? ''] ?? [];
      expect(
        suffixes.some((suffix) => sample.name === name + suffix),
        `${sample.name} in family ${name}`,
      );
      samples.push(sample);
    }
    expect(samples.length > 0, `${name} has no samples`);
    families.push({
      name,
      type: type[2] ?? '',
      help: unescape(help, format === 'text' ? 'n\\' : 'n\\"'),
      samples,
    });
  }
  return families;
}

function parseSample(line: string): ParsedSample {
  const match = must(/^([a-z_]+)(?:\{(.*)\})? ([^ ]+)$/s.exec(line), `a sample in ${line}`);
  const [, name = '', inner, number = ''] = match;
  expect(/^(?:-?\d+(?:\.\d+)?(?:e[+-]\d+)?|\+Inf|-Inf|NaN)$/.test(number), `a number in ${line}`);
  const value = number.endsWith('Inf') ? Number(`${number}inity`) : Number(number);
  return { name, labels: inner === undefined ? {} : parseLabels(inner), value };
}

function parseLabels(inner: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const label = /([a-z_]+)="((?:[^"\\]|\\.)*)"(,|$)/sy;
  let before = '';
  do {
    const [, name = '', value = ''] = must(label.exec(inner), `a label in ${inner}`);
    expect(name === 'le' || before < name, `label ${name} after ${before}`);
    before = name;
    labels[name] = unescape(value, 'n\\"');
  } while (label.lastIndex < inner.length);
  expect(!inner.endsWith(','), `a comma after the last label of ${inner}`);
  return labels;
}

function unescape(text: string, escapes: string): string {
  return text.replace(/\\(.?)/gs, (_, character: string) => {
    expect(character !== '' && escapes.includes(character), `the escape \\${character}`);
    return character === 'n' ? '\n' : character;
  });
}

// Families are ordered by the name of their declaration, which OpenMetrics shortens for counters.
function sortName(name: string, type: string | undefined, format: Format): string {
  return format === 'openmetrics' && type === 'counter' ? `${name}_total` : name;
}

function must<T>(value: T | null, what: string): T {
  if (value === null) throw new Error(`no exposition: expected ${what}`);
  return value;
}

function expect(holds: boolean, fault: string): void {
  if (!holds) throw new Error(`no exposition: ${fault}`);
}

import type { Family } from './family.ts';
import { type ByteString, formatValue, renderLabels, toByteString } from './rendering.ts';
import type { Section } from './section.ts';

/** A value for each label of a family. */
export type LabelValues<Label extends string> = Readonly<Record<Label, string>>;

interface Instrument {
  readonly family: Family;
  render(): string;
}

/** The numbers of a gauge or a counter, one for each label set. */
export class Samples<Label extends string> implements Instrument {
  readonly family: Family<Label>;
  readonly #values = new Map<string, number>();

  constructor(family: Family<Label>) {
    this.family = family;
  }

  set(labels: LabelValues<Label>, value: number): void {
    this.#values.set(labelText(this.family, labels), value);
  }

  add(labels: LabelValues<Label>, amount = 1): void {
    const key = labelText(this.family, labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  render(): string {
    let text = '';
    for (const [labels, value] of this.#values) {
      text += `${this.family.name}${labels} ${formatValue(value)}\n`;
    }
    return text;
  }
}

interface Distribution {
  readonly labels: readonly string[];
  /** Observations up to each bound and above the bound before it; the last are above all bounds. */
  readonly counts: number[];
  sum: number;
}

/** The buckets of a histogram, for each label set. */
export class Histogram<Label extends string> implements Instrument {
  readonly family: Family<Label>;
  readonly #bounds: readonly number[];
  readonly #distributions = new Map<string, Distribution>();

  /** Bounds are finite and ascend. */
  constructor(family: Family<Label>, bounds: readonly number[]) {
    this.family = family;
    this.#bounds = bounds;
  }

  observe(labels: LabelValues<Label>, value: number): void {
    const key = labelText(this.family, labels);
    let distribution = this.#distributions.get(key);
    if (distribution === undefined) {
      const values = this.family.labels.map((name) => labels[name]);
      distribution = {
        labels: values,
        counts: [...this.#bounds, Number.POSITIVE_INFINITY].map(() => 0),
        sum: 0,
      };
      this.#distributions.set(key, distribution);
    }
    const above = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = above < 0 ? this.#bounds.length : above;
    distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
    distribution.sum += value;
  }

  render(): string {
    const { name, labels: names } = this.family;
    let text = '';
    for (const [key, { labels, counts, sum }] of this.#distributions) {
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const bucket = renderLabels([...names, 'le'], [...labels, formatBound(this.#bounds[index])]);
        text += `${name}_bucket${bucket} ${total}\n`;
      }
      text += `${name}_sum${key} ${formatValue(sum)}\n${name}_count${key} ${total}\n`;
    }
    return text;
  }
}

/** Numbers that change all the time and are few, so that a scrape renders them. */
export class MetricRegistry {
  readonly #instruments: Instrument[] = [];

  samples<Label extends string>(family: Family<Label>): Samples<Label> {
    const samples = new Samples(family);
    this.#instruments.push(samples);
    return samples;
  }

  histogram<Label extends string>(family: Family<Label>, bounds: readonly number[]): Histogram<Label> {
    const made = new Histogram(family, bounds);
    this.#instruments.push(made);
    return made;
  }

  sections(): readonly Section[] {
    return this.#instruments.map((instrument) => ({
      family: instrument.family,
      blocks: blocksOf(instrument.render()),
    }));
  }
}

function blocksOf(text: string): ByteString[] {
  return text === '' ? [] : [toByteString(text)];
}

function labelText<Label extends string>(family: Family<Label>, labels: LabelValues<Label>): string {
  return renderLabels(
    family.labels,
    family.labels.map((name) => labels[name]),
  );
}

/** OpenMetrics wants `1.0` for one; the same bucket must not have another name in the other format. */
function formatBound(bound: number | undefined): string {
  if (bound === undefined) return '+Inf';
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

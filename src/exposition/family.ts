export type FamilyType = 'gauge' | 'counter' | 'histogram';

/** A metric family as it is declared: what a scrape says of it and what the documentation lists. */
export interface Family<Label extends string = string> {
  /** Counters end in `_total`. */
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  /** In name order, in which they are printed. */
  readonly labels: readonly Label[];
}

/** Declares a gauge. */
export function gauge<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): Family<Label> {
  return { name, type: 'gauge', help, labels };
}

/** Declares a counter; the name ends in `_total`. */
export function counter<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): Family<Label> {
  return { name, type: 'counter', help, labels };
}

/** Declares a histogram; `le` comes beside its labels. */
export function histogram<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): Family<Label> {
  return { name, type: 'histogram', help, labels };
}

/** The order of families in a scrape. */
export function byName(a: Pick<Family, 'name'>, b: Pick<Family, 'name'>): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

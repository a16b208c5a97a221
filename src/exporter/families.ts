import type { Family } from './family.ts';
import { IMAGE_FAMILIES } from './image-families.ts';
import { PROCESS_FAMILIES } from './process-families.ts';
import { SELF_FAMILIES } from './self-families.ts';

/** All families that a scrape may have, in name order. */
export const FAMILIES: readonly Family[] = [
  ...Object.values<Family>(IMAGE_FAMILIES),
  ...Object.values<Family>(SELF_FAMILIES),
  ...Object.values<Family>(PROCESS_FAMILIES),
].toSorted(byName);

/** The order of families in a scrape. */
export function byName(a: Pick<Family, 'name'>, b: Pick<Family, 'name'>): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

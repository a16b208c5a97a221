import { byName, type Family, PROCESS_FAMILIES } from '../exposition/index.ts';
import { IMAGE_FAMILIES } from './image-families.ts';
import { SELF_FAMILIES } from './self-families.ts';

/** All families that a scrape may have, in name order. */
export const FAMILIES: readonly Family[] = [
  ...Object.values<Family>(IMAGE_FAMILIES),
  ...Object.values<Family>(SELF_FAMILIES),
  ...Object.values<Family>(PROCESS_FAMILIES),
].toSorted(byName);

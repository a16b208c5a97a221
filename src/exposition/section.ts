import type { Family } from './family.ts';
import type { ByteString } from './rendering.ts';

/** A family with its lines at one moment; a block ends with a line feed. */
export interface Section {
  readonly family: Family;
  readonly blocks: readonly ByteString[];
}

import { type Digest, digestHex } from '../oci/index.ts';

/** One of several processes that share the copies of one mapping; `index` counts from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The variable in which a Pod of a Kubernetes Indexed Job finds which of them it is. */
const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';
/** More would only ask each other. */
const MOST_SHARDS = 1000;

/** Reads `i/n`, or `n` (also `/n`) with the index of a Kubernetes Indexed Job's Pod. Throws an error in words. */
export function parseShard(text: string, variables: Readonly<Record<string, string | undefined>>): Shard {
  const [, written, total = ''] = /^(?:(\d*)\/)?(\d+)$/.exec(text) ?? [];
  if (total === '') throw new Error('it is neither i/n nor n');
  const count = Number(total);
  if (count < 1 || count > MOST_SHARDS)
    throw new Error(`there are ${total} shards, not between 1 and ${MOST_SHARDS}`);
  const own = written !== undefined && written !== '';
  const digits = own ? written : variables[INDEX_VARIABLE];
  if (digits === undefined || digits === '')
    throw new Error(`it does not say which shard this is, and ${INDEX_VARIABLE} is not set`);
  const index = Number(digits);
  if (!/^\d+$/.test(digits) || index >= count) {
    const name = own ? `shard ${digits} is` : `${INDEX_VARIABLE} is ${digits}, which is`;
    throw new Error(`${name} none of 0 to ${count - 1}`);
  }
  return { index, count };
}

/** The shard that an image is of: all names of one digest are in the same, and every shard has about as many. */
export function shardOf(digest: Digest, count: number): number {
  return digestNumber(digest) % count;
}

/** Whether an image is one of a shard's. */
export function inShard(digest: Digest, { index, count }: Shard): boolean {
  return shardOf(digest, count) === index;
}

/** The first 52 bits of a digest: exact as a number, and enough to tell a million digests apart. */
export function digestNumber(digest: Digest): number {
  return Number.parseInt(digestHex(digest).slice(0, 13), 16);
}

import { hasMoreParts } from './json-parts.ts';

/** What an image's config says of it (OCI image specification, "Image Configuration"). */
export interface ImageConfig {
  /** Whole seconds since the epoch; undefined where it is not said, or is Go's zero time, or cannot be read. */
  readonly created: number | undefined;
  readonly labels: ReadonlyMap<string, string>;
}

/** Bytes that are no image config; the message says why. */
export class ImageConfigError extends Error {
  override name = 'ImageConfigError';
}

/** Far above the longest history. */
const MOST_PARTS = 100_000;

/** Reads what an image's config says that anybody here asks for; throws `ImageConfigError`. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  if (hasMoreParts(bytes, MOST_PARTS)) {
    throw new ImageConfigError(`the image config has more than ${MOST_PARTS} parts`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new ImageConfigError('the image config is not JSON', { cause });
  }
  if (!isObject(value)) throw new ImageConfigError('the image config is not a JSON object');
  return {
    created: parseCreated(text(value.created)),
    labels: isObject(value.config) ? readLabels(value.config.Labels) : new Map(),
  };
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readLabels(value: unknown): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  if (value === undefined || value === null) return labels;
  if (!isObject(value)) throw new ImageConfigError('the labels of the image config are not an object');
  for (const [key, label] of Object.entries(value)) {
    if (typeof label !== 'string')
      throw new ImageConfigError(`label "${key}" of the image config is not a string`);
    labels.set(key, label);
  }
  return labels;
}

const RFC3339 = /^(\d{4})-\d\d-(\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

function parseCreated(written: string): number | undefined {
  const [, year, day] = RFC3339.exec(written) ?? [];
  // Go writes a time that was never set as the first of January of the year 1.
  if (year === undefined || year === '0001') return undefined;
  const milliseconds = Date.parse(written.toUpperCase());
  if (Number.isNaN(milliseconds)) return undefined;
  // Date takes the 31st of any month, and makes it a day of the next.
  const date = new Date(Date.parse(`${written.slice(0, 10)}T00:00:00Z`));
  return date.getUTCDate() === Number(day) ? Math.floor(milliseconds / 1000) : undefined;
}

/** What an object of the API is called. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` */
  readonly key: string;
}

/** What is kept of an object that counts. */
export interface ReadObject<T> {
  /** `namespace/name` */
  readonly key: string;
  readonly item: T;
}

/** Reads one object as the server sent it; undefined for one that does not count. Must not hold on to it. */
export type ObjectReader<T> = (object: unknown) => ReadObject<T> | undefined;

/** A member of a member of … of an object as the server sent it; undefined wherever the way ends early. */
export function fieldOf(object: unknown, ...path: readonly string[]): unknown {
  let value = object;
  for (const name of path) {
    if (!isObject(value)) return undefined;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

/** The name in an object's metadata; undefined where there is none. */
export function nameOf(object: unknown): ObjectName | undefined {
  const metadata = fieldOf(object, 'metadata');
  const name = fieldOf(metadata, 'name');
  if (typeof name !== 'string' || name === '') return undefined;
  const written = fieldOf(metadata, 'namespace');
  const namespace = typeof written === 'string' ? written : '';
  return { namespace, name, key: `${namespace}/${name}` };
}

/**
 * The resource version of an object or a list; undefined where there is none from which a watch could start: 0 means
 * any age.
 */
export function resourceVersionOf(object: unknown): string | undefined {
  const version = fieldOf(object, 'metadata', 'resourceVersion');
  return typeof version === 'string' && version !== '' && version !== '0' ? version : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

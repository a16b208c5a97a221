import type { WatchEvent } from './api.ts';
import { nameOf, type ObjectReader } from './api-object.ts';

/** Takes in what a reflector learns; keys are `namespace/name`. */
export interface Sink<T> {
  /** The whole truth of a moment, in exchange for everything that was known. */
  replace(items: ReadonlyMap<string, T>): void;
  put(key: string, item: T): void;
  delete(key: string): void;
}

/** Tells a sink what an event is about; one of an unknown type says nothing. */
export function applyEvent<T>(
  { type, object }: WatchEvent,
  read: ObjectReader<T>,
  sink: Pick<Sink<T>, 'put' | 'delete'>,
): void {
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') return;
  const found = type === 'DELETED' ? undefined : read(object);
  const key = found?.key ?? nameOf(object)?.key;
  if (found) sink.put(found.key, found.item);
  // What no longer counts, say because another object took it over, is as good as deleted.
  else if (key !== undefined) sink.delete(key);
}

import { ApiError, type ApiServer } from './api.ts';
import { operationOf } from './operation.ts';
import { fieldOf, type ObjectReader, resourceVersionOf } from './api-object.ts';
import { isExpired } from './failure-reason.ts';

export interface ListOptions<T> {
  readonly api: ApiServer;
  readonly path: string;
  /** How many objects are held at a time. */
  readonly pageSize: number;
  readonly read: ObjectReader<T>;
  readonly signal: AbortSignal;
}

/** All objects of one moment, and the resource version of that moment. */
export interface Snapshot<T> {
  readonly items: ReadonlyMap<string, T>;
  readonly resourceVersion: string;
}

/**
 * Lists in pages, of which one at a time is held. Without a resource version, so that the answer is the newest there
 * is: a version with a limit asks for exactly that moment, and one without a limit for everything in one body. Throws
 * `ApiError`.
 */
export async function listAll<T>(options: ListOptions<T>): Promise<Snapshot<T>> {
  const { api, path, pageSize, read, signal } = options;
  let items = new Map<string, T>();
  let resourceVersion: string | undefined;
  let token: string | undefined;
  let again = false;
  do {
    let page: unknown;
    try {
      page = await api.get(path, { limit: pageSize, continue: token }, signal);
    } catch (error) {
      // The token in such an answer goes on with another moment: objects in between would be lost.
      if (again || token === undefined || !isExpired(error)) throw error;
      again = true;
      items = new Map();
      resourceVersion = undefined;
      token = undefined;
      continue;
    }
    resourceVersion ??= resourceVersionOf(page);
    if (resourceVersion === undefined) {
      const message = 'the list has no resource version';
      throw new ApiError({ operation: operationOf('get', path), status: 200, message });
    }
    readPage(page, read, items);
    token = tokenOf(page);
  } while (token !== undefined || resourceVersion === undefined);
  return { items, resourceVersion };
}

function readPage<T>(page: unknown, read: ObjectReader<T>, items: Map<string, T>): void {
  const objects = fieldOf(page, 'items');
  if (!Array.isArray(objects)) return;
  for (const object of objects) {
    const found = read(object);
    if (found) items.set(found.key, found.item);
  }
}

function tokenOf(page: unknown): string | undefined {
  const token = fieldOf(page, 'metadata', 'continue');
  return typeof token === 'string' && token !== '' ? token : undefined;
}

import { encodeToken, type ListOptions } from './api-list-options.ts';
import { type ApiResource, groupVersion } from './api-resources.ts';
import type { ObjectRoute } from './api-path.ts';
import { type Selector, selectorOf } from './api-selector.ts';
import { ApiRefusal, tooLarge } from './api-status.ts';
import { type ApiStore, keyOf, type StoredObject } from './api-store.ts';

/** What is listed. */
export interface Selection {
  readonly resource: ApiResource;
  /** Empty for all. */
  readonly namespace: string;
  readonly selector: Selector | undefined;
}

/** One page of a list. */
export interface Page {
  readonly resourceVersion: number;
  readonly items: readonly StoredObject[];
  /** Undefined on the last page. */
  readonly continue: string | undefined;
  /** Unknown when there is a selector. */
  readonly remaining: number | undefined;
}

const EXPIRED_PAGE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** What a list, a watch or a deletion of many is about; throws `ApiRefusal`. */
export function selectionOf({ resource, namespace }: ObjectRoute, query: URLSearchParams): Selection {
  return { resource, namespace, selector: selectorOf(resource, query) };
}

/** Lists one page; throws `ApiRefusal` for a state that is not there (yet, or any more). */
export function listPage(store: ApiStore, selection: Selection, { state, limit }: ListOptions): Page {
  const { resource, namespace, selector } = selection;
  const { resourceVersion, after } = start(store, state);
  const items: StoredObject[] = [];
  let rest = 0;
  for (const object of store.list(resource, resourceVersion)) {
    if (namespace !== '' && object.namespace !== namespace) continue;
    if (keyOf(object) <= after) continue;
    if (limit !== undefined && items.length === limit) rest++;
    else if (!selector || selector(object)) items.push(object);
  }
  const last = items.at(-1);
  const more = rest > 0 && last;
  return {
    resourceVersion,
    items,
    continue: more ? encodeToken({ resourceVersion, after: keyOf(last) }) : undefined,
    // With a selector the rest is not looked through, so that a last page may even be empty.
    remaining: more && !selector ? rest : undefined,
  };
}

/** JSON of a page: a typed list, its items without apiVersion and kind. */
export function listBody(resource: ApiResource, page: Page): string {
  const metadata = {
    resourceVersion: String(page.resourceVersion),
    continue: page.continue,
    remainingItemCount: page.remaining,
  };
  const items = page.items.map(({ text }) => text).join(',');
  return `{"kind":"${resource.kind}List","apiVersion":"${groupVersion(resource)}","metadata":${JSON.stringify(metadata)},"items":[${items}]}\n`;
}

function start(
  store: ApiStore,
  state: ListOptions['state'],
): { readonly resourceVersion: number; readonly after: string } {
  const now = store.resourceVersion;
  switch (state.kind) {
    case 'newest':
      return { resourceVersion: now, after: '' };
    case 'not-older':
      if (state.resourceVersion > now) throw tooLarge(state.resourceVersion, now);
      return { resourceVersion: now, after: '' };
    case 'exact': {
      const { resourceVersion } = state;
      if (resourceVersion > now) throw tooLarge(resourceVersion, now);
      if (resourceVersion >= store.compacted) return { resourceVersion, after: '' };
      const message = 'The resourceVersion for the provided list is too old.';
      throw new ApiRefusal({ code: 410, reason: 'Expired', message });
    }
    default: {
      const { resourceVersion, after } = state.token;
      if (resourceVersion < 0) return { resourceVersion: now, after };
      if (resourceVersion >= store.compacted) return { resourceVersion, after };
      const inconsistent = encodeToken({ resourceVersion: -1, after });
      throw new ApiRefusal({ code: 410, reason: 'Expired', message: EXPIRED_PAGE, continue: inconsistent });
    }
  }
}

import { type JsonObject, textAt } from './api-json.ts';
import { type Writing, writtenObject } from './api-object.ts';
import { type ApiResource, resourceOfKind } from './api-resources.ts';
import { type ApiStore, type Place, standalone } from './api-store.ts';

/** Writes an object as it is, past all checks, and gives it as a client would get it. */
export function putObject(store: ApiStore, object: JsonObject, writing: Writing): JsonObject {
  const { resource, place } = placeOf(object);
  const before = store.get(resource, place);
  const old: JsonObject | undefined = before && JSON.parse(before.text);
  const written = writtenObject(resource, place, { object, before: old }, writing);
  const stored = store.commit(resource, place, written);
  if (!stored) throw new Error(`${resource.kind} ${place.name} was not stored`);
  return JSON.parse(standalone(resource, stored));
}

/** Takes an object away, whatever holds it; says whether it was there. */
export function removeObject(store: ApiStore, object: JsonObject): boolean {
  const { resource, place } = placeOf(object);
  if (!store.get(resource, place)) return false;
  store.commit(resource, place, undefined);
  return true;
}

/** A namespace as the API server makes its own. */
export function namespaceObject(name: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

function placeOf(object: JsonObject): { readonly resource: ApiResource; readonly place: Place } {
  const [apiVersion, kind] = [textAt(object, 'apiVersion'), textAt(object, 'kind')];
  const resource = resourceOfKind(apiVersion, kind);
  if (!resource) throw new Error(`the API server has no ${apiVersion} ${kind}`);
  const name = textAt(object, 'metadata', 'name');
  const namespace = resource.namespaced ? textAt(object, 'metadata', 'namespace') || 'default' : '';
  return { resource, place: { namespace, name } };
}

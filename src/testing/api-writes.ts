import { at, isJsonObject, type JsonObject, listAt, mergePatch, textAt } from './api-json.ts';
import { deletedObject, type Writing, writtenObject } from './api-object.ts';
import { type ApiResource, API_RESOURCES, groupVersion } from './api-resources.ts';
import { alreadyExists, badRequest, conflict, notFound } from './api-status.ts';
import { type ApiStore, type Place, type StoredObject, standalone } from './api-store.ts';
import { validate } from './api-validation.ts';

/** An object to be written, and how. */
export interface WriteRequest {
  readonly resource: ApiResource;
  readonly place: Place;
  /** `status`, or empty for all but the status. */
  readonly subresource: string;
  readonly body: JsonObject;
  readonly writing: Writing;
}

const NAMESPACES = API_RESOURCES.find(({ name }) => name === 'namespaces');
/** What the API server makes of a status that nobody wrote yet. */
const FIRST_STATUS: Readonly<Record<string, JsonObject>> = {
  Namespace: { phase: 'Active' },
  Pod: { phase: 'Pending', qosClass: 'BestEffort' },
};
const POD_GRACE_SECONDS = 30;

/** Creates an object as POST does; throws `ApiRefusal`. */
export function createObject(store: ApiStore, request: WriteRequest): StoredObject {
  const { resource, place: requested, body, writing } = request;
  const prefix = textAt(body, 'metadata', 'generateName');
  const given = textAt(body, 'metadata', 'name');
  const name = given === '' && prefix !== '' ? `${prefix}${writing.uid().slice(0, 5)}` : given;
  const place = { namespace: requested.namespace, name };
  checkBody(resource, place, body);
  if (NAMESPACES && resource.namespaced && !store.get(NAMESPACES, { namespace: '', name: place.namespace })) {
    throw notFound(NAMESPACES, place.namespace);
  }
  const { status: _status, ...content } = body;
  const status = FIRST_STATUS[resource.kind] ?? (resource.generation ? {} : undefined);
  const object = encoded(resource, { ...content, ...(status ? { status } : {}) });
  const written = writtenObject(resource, place, { object, before: undefined }, writing);
  validate(resource, written);
  if (store.get(resource, place)) throw alreadyExists(resource, name);
  return committed(store.commit(resource, place, written));
}

/** Replaces an object as PUT does; throws `ApiRefusal`. */
export function updateObject(store: ApiStore, request: WriteRequest): StoredObject {
  const { resource, place, body } = request;
  const name = textAt(body, 'metadata', 'name');
  if (name !== place.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${place.name})`);
  }
  return replace(store, request, existing(store, resource, place), body);
}

/** Changes an object as PATCH with a merge patch does; throws `ApiRefusal`. */
export function patchObject(store: ApiStore, request: WriteRequest): StoredObject {
  const { resource, place, body } = request;
  const before = existing(store, resource, place);
  const merged = mergePatch(JSON.parse(before.text), body);
  return replace(store, request, before, isJsonObject(merged) ? merged : {});
}

/**
 * Deletes an object as DELETE does; throws `ApiRefusal`. What has finalizers, or a node to be stopped on, is marked
 * and stays: gives that, or the object as it last was.
 */
export function deleteObject(
  store: ApiStore,
  { resource, place }: Pick<WriteRequest, 'resource' | 'place'>,
  { graceSeconds, now }: { readonly graceSeconds: number | undefined; readonly now: number },
): { readonly object: StoredObject; readonly gone: boolean } {
  const before = existing(store, resource, place);
  const object: JsonObject = JSON.parse(before.text);
  const running = resource.kind === 'Pod' && textAt(object, 'spec', 'nodeName') !== '';
  const grace = running ? (graceSeconds ?? POD_GRACE_SECONDS) : 0;
  if (grace > 0 || isFinalized(object)) {
    const marked = deletedObject(object, grace, now);
    return { object: committed(store.commit(resource, place, marked)), gone: false };
  }
  store.commit(resource, place, undefined);
  return { object: before, gone: true };
}

/** JSON of an object as an answer has it. */
export function objectBody(resource: ApiResource, object: StoredObject): string {
  return `${standalone(resource, object)}\n`;
}

function replace(
  store: ApiStore,
  { resource, place, subresource, writing }: WriteRequest,
  before: StoredObject,
  body: JsonObject,
): StoredObject {
  checkBody(resource, place, body);
  const version = textAt(body, 'metadata', 'resourceVersion');
  if (version !== '' && version !== String(before.resourceVersion)) throw conflict(resource, place.name);
  const old: JsonObject = JSON.parse(before.text);
  const object =
    subresource === 'status'
      ? { ...old, status: body['status'] }
      : encoded(resource, { ...body, status: old['status'] });
  const written = writtenObject(resource, place, { object, before: old }, writing);
  validate(resource, written);
  const leaving = at(old, 'metadata', 'deletionTimestamp') !== undefined;
  const waiting = isFinalized(written) || textAt(written, 'spec', 'nodeName') !== '';
  if (!leaving || waiting) return committed(store.commit(resource, place, written));
  store.commit(resource, place, undefined);
  return before;
}

function isFinalized(object: JsonObject): boolean {
  return [...listAt(object, 'metadata', 'finalizers'), ...listAt(object, 'spec', 'finalizers')].length > 0;
}

/** Secrets are written in `stringData` too, and kept in `data`. */
function encoded(resource: ApiResource, object: JsonObject): JsonObject {
  if (resource.kind === 'Namespace') return { spec: { finalizers: ['kubernetes'] }, ...object };
  if (resource.kind !== 'Secret') return object;
  const { stringData, data, type = 'Opaque', ...rest } = object;
  const texts = isJsonObject(stringData) ? Object.entries(stringData) : [];
  const bytes = Object.fromEntries(
    texts.map(([name, text]) => [name, Buffer.from(String(text)).toString('base64')]),
  );
  const all = { ...(isJsonObject(data) ? data : {}), ...bytes };
  return { ...rest, ...(Object.keys(all).length > 0 ? { data: all } : {}), type };
}

function existing(store: ApiStore, resource: ApiResource, place: Place): StoredObject {
  const object = store.get(resource, place);
  if (!object) throw notFound(resource, place.name);
  return object;
}

function checkBody(resource: ApiResource, place: Place, body: JsonObject): void {
  const { apiVersion = groupVersion(resource), kind = resource.kind } = body;
  if (apiVersion !== groupVersion(resource) || kind !== resource.kind) {
    throw badRequest(
      `${String(kind)} in version "${String(apiVersion)}" cannot be handled as a ${resource.kind}: no kind "${String(kind)}" is registered for version "${String(apiVersion)}"`,
    );
  }
  const namespace = textAt(body, 'metadata', 'namespace');
  if (namespace !== '' && namespace !== place.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

function committed(object: StoredObject | undefined): StoredObject {
  if (!object) throw new Error('the object was not stored');
  return object;
}

import { at, isJsonObject, type JsonObject, listAt, textAt } from './api-json.ts';
import { type ApiResource, groupVersion } from './api-resources.ts';
import type { Place } from './api-store.ts';

/** Who writes, and when. */
export interface Writing {
  /** As in `metadata.managedFields`: the client's name. */
  readonly manager: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly uid: () => string;
}

/** An object as it is stored after a write: what the server owns of its metadata is the server's. */
export function writtenObject(
  resource: ApiResource,
  place: Place,
  { object, before }: { readonly object: JsonObject; readonly before: JsonObject | undefined },
  writing: Writing,
): JsonObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const [labels, annotations, ownerReferences, finalizers] = [
    'labels',
    'annotations',
    'ownerReferences',
    'finalizers',
  ].map((name) => (isEmpty(metadata[name]) ? undefined : metadata[name]));
  const own = (name: string): unknown => at(before, 'metadata', name);
  const { kind: _kind, apiVersion: _apiVersion, metadata: _metadata, ...content } = object;
  return {
    metadata: {
      name: place.name,
      generateName: metadata['generateName'],
      ...(place.namespace === '' ? {} : { namespace: place.namespace }),
      uid: own('uid') ?? writing.uid(),
      generation: generation(resource, object, before),
      creationTimestamp: own('creationTimestamp') ?? timestamp(writing.now),
      deletionTimestamp: own('deletionTimestamp'),
      deletionGracePeriodSeconds: own('deletionGracePeriodSeconds'),
      labels: place.namespace === '' ? { ...namespaceLabel(place.name), ...asObject(labels) } : labels,
      annotations,
      ownerReferences,
      finalizers,
      managedFields: managedFields(
        resource,
        { metadata: { labels, annotations }, ...content },
        before,
        writing,
      ),
    },
    ...content,
  };
}

/** An object that is to go, but waits for its finalizers or its kubelet. */
export function deletedObject(object: JsonObject, graceSeconds: number, now: number): JsonObject {
  const metadata = asObject(object['metadata']);
  if (metadata['deletionTimestamp'] !== undefined) return object;
  const deletionTimestamp = timestamp(now + graceSeconds * 1000);
  return {
    ...object,
    metadata: { ...metadata, deletionTimestamp, deletionGracePeriodSeconds: graceSeconds },
  };
}

/** Time as the API has it: whole seconds, UTC. */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Go leaves out what is empty. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function namespaceLabel(name: string): JsonObject {
  return { 'kubernetes.io/metadata.name': name };
}

function generation(
  resource: ApiResource,
  object: JsonObject,
  before: JsonObject | undefined,
): number | undefined {
  if (!resource.generation) return undefined;
  const old = at(before, 'metadata', 'generation');
  if (typeof old !== 'number') return 1;
  return JSON.stringify(before?.['spec']) === JSON.stringify(object['spec']) ? old : old + 1;
}

/** Who owns which field: one entry for the last writer, as large as real ones are. */
function managedFields(
  resource: ApiResource,
  content: JsonObject,
  before: JsonObject | undefined,
  { manager, now }: Writing,
): unknown {
  const fieldsV1 = fieldSet(content);
  const [old] = listAt(before, 'metadata', 'managedFields');
  // Time stays when nothing else changes: such a write is none.
  const same = JSON.stringify(at(old, 'fieldsV1')) === JSON.stringify(fieldsV1);
  const time = same ? textAt(old, 'time') : timestamp(now);
  return [
    {
      manager,
      operation: 'Update',
      apiVersion: groupVersion(resource),
      time,
      fieldsType: 'FieldsV1',
      fieldsV1,
    },
  ];
}

function fieldSet(value: unknown): Record<string, unknown> {
  const set: Record<string, unknown> = {};
  if (Array.isArray(value)) {
    for (const item of value) {
      const name = textAt(item, 'name');
      if (name !== '') set[`k:${JSON.stringify({ name })}`] = { '.': {}, ...fieldSet(item) };
    }
  } else if (isJsonObject(value)) {
    for (const [name, part] of Object.entries(value))
      if (part !== undefined) set[`f:${name}`] = fieldSet(part);
  }
  return set;
}

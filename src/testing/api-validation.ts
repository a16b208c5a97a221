import { at, isJsonObject, type JsonObject, listAt, textAt } from './api-json.ts';
import type { ApiResource } from './api-resources.ts';
import { type FieldFault, invalid } from './api-status.ts';

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const SUBDOMAIN_FORM = new RegExp(`^${SUBDOMAIN}$`);

/** What a spec cannot be without, beside its containers. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  DaemonSet: ['selector'],
  Deployment: ['selector'],
  ReplicaSet: ['selector'],
  StatefulSet: ['selector'],
  CronJob: ['schedule'],
};

/** Throws `ApiRefusal` with 422 for an object without what its kind cannot be without. */
export function validate(resource: ApiResource, object: JsonObject): void {
  const faults = [...nameFaults(textAt(object, 'metadata', 'name')), ...specFaults(resource, object)];
  if (faults.length === 0) return;
  const { group, kind } = resource;
  throw invalid({ group, kind, name: textAt(object, 'metadata', 'name') }, faults);
}

function nameFaults(name: string): FieldFault[] {
  const field = 'metadata.name';
  if (name === '') return [required(field, 'name or generateName is required')];
  if (name.length <= 253 && SUBDOMAIN_FORM.test(name)) return [];
  const message = `Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
  return [{ kind: 'Invalid', field, message }];
}

function specFaults({ kind, podSpec }: ApiResource, object: JsonObject): FieldFault[] {
  if (!podSpec) return [];
  const faults = (NEEDS[kind] ?? [])
    .filter((name) => at(object, 'spec', name) === undefined)
    .map((name) => required(`spec.${name}`));
  const place = `${podSpec.join('.')}.containers`;
  const containers = listAt(object, ...podSpec, 'containers');
  if (containers.length === 0) faults.push(required(place));
  for (const [index, container] of containers.entries()) {
    for (const name of ['name', 'image']) {
      if (isJsonObject(container) && textAt(container, name) !== '') continue;
      faults.push(required(`${place}[${index}].${name}`));
    }
  }
  return faults;
}

function required(field: string, why = ''): FieldFault {
  return { kind: 'Required', field, message: why === '' ? 'Required value' : `Required value: ${why}` };
}

import { at } from './api-json.ts';
import type { ApiResource } from './api-resources.ts';
import { badRequest } from './api-status.ts';

/** What selectors look at; texts of fields by their path. */
export interface Selectable {
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

/** Whether an object is wanted. */
export type Selector = (object: Selectable) => boolean;

/** Reads the two selectors of a request; throws `ApiRefusal` for what is none, undefined when all is wanted. */
export function selectorOf(resource: ApiResource, query: URLSearchParams): Selector | undefined {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(resource, query.get('fieldSelector') ?? '');
  const all = [...labels, ...fields];
  return all.length === 0 ? undefined : (object) => all.every((one) => one(object));
}

/** The texts of all fields that selectors may name. */
export function selectableFields(
  resource: ApiResource,
  object: unknown,
  place: { readonly namespace: string; readonly name: string },
): Readonly<Record<string, string>> {
  const fields: Record<string, string> = { 'metadata.name': place.name };
  if (resource.namespaced) fields['metadata.namespace'] = place.namespace;
  for (const path of resource.fields) {
    const value = at(object, ...path.split('.'));
    fields[path] = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  }
  return fields;
}

const KEY = String.raw`[A-Za-z0-9](?:[-\w./]*[A-Za-z0-9])?`;
const VALUE = String.raw`[-\w.]*`;
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUALITY = new RegExp(String.raw`^(${KEY})\s*(==|=|!=)\s*(${VALUE})$`);
const EXISTENCE = new RegExp(String.raw`^(!?)\s*(${KEY})$`);

function labelSelector(text: string): Selector[] {
  return requirements(text).map((requirement) => {
    const [, setKey, setOperator, list] = SET.exec(requirement) ?? [];
    if (setKey !== undefined && list !== undefined) {
      const values = new Set(list.split(',').map((value) => value.trim()));
      const isIn = setOperator === 'in';
      return ({ labels }) => (labels[setKey] === undefined ? !isIn : values.has(labels[setKey]) === isIn);
    }
    const [, key, operator, value] = EQUALITY.exec(requirement) ?? [];
    if (key !== undefined) return ({ labels }) => (labels[key] === value) === (operator !== '!=');
    const [, not, present] = EXISTENCE.exec(requirement) ?? [];
    if (present === undefined) throw badRequest(`unable to parse requirement: ${requirement}`);
    return ({ labels }) => (labels[present] !== undefined) === (not === '');
  });
}

/** Splits at the commas that stand outside of parentheses. */
function requirements(text: string): string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function fieldSelector(resource: ApiResource, text: string): Selector[] {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const [, path = '', operator, value = ''] = /^(.*?)(==|!=|=)(.*)$/.exec(part) ?? [];
    if (operator === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const known = [
      'metadata.name',
      ...(resource.namespaced ? ['metadata.namespace'] : []),
      ...resource.fields,
    ];
    if (!known.includes(path)) throw badRequest(unknownField(resource, path));
    return ({ fields }) => (fields[path] === value) === (operator !== '!=');
  });
}

/** Kinds with fields of their own say it differently from those without. */
function unknownField({ fields }: ApiResource, path: string): string {
  return fields.length > 0
    ? `field label not supported: ${path}`
    : `"${path}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

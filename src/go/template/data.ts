import { Float32, type GoJsonValue } from '../json.ts';
import { toBytes } from './text.ts';
import { ANY, Dictionary, List, Nil, Struct, typeName, type Value } from './value.ts';

/** The data of a template as Go would have it: a struct called `data`. */
export function fromData(data: Readonly<Record<string, GoJsonValue>>): Struct {
  return struct(data, 'data');
}

/** A struct type is called like the field that holds its values, since the data has no other name for it. */
function struct(data: Readonly<Record<string, GoJsonValue>>, type: string): Struct {
  const fields = new Map<string, Value>();
  for (const [field, value] of Object.entries(data)) {
    const name = toBytes(field);
    fields.set(name, value === null ? new Nil(`*${name}`) : convert(value, name));
  }
  return new Struct(type, fields);
}

function convert(value: GoJsonValue, name: string): Value {
  if (typeof value === 'string') return toBytes(value);
  if (value === null || typeof value !== 'object' || value instanceof Float32) return value;
  if (isList(value)) {
    const items = value.map((item) => convert(item, name));
    return new List(`[]${commonType(items)}`, items);
  }
  if (isMap(value)) {
    const entries = [...value].map(([key, item]) => [toBytes(key), convert(item, name)] as const);
    return new Dictionary(`map[string]${commonType(entries.map(([, item]) => item))}`, entries);
  }
  return struct(value, name);
}

function commonType(items: readonly Value[]): string {
  const [type = ANY, ...others] = new Set(items.map(typeName));
  return others.length === 0 && type !== '<nil>' ? type : ANY;
}

function isList(value: GoJsonValue): value is readonly GoJsonValue[] {
  return Array.isArray(value);
}

function isMap(value: GoJsonValue): value is ReadonlyMap<string, GoJsonValue> {
  return value instanceof Map;
}

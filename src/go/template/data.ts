import { Float32, type GoJsonValue } from '../json.ts';
import { toBytes } from './text.ts';
import { ANY, Dictionary, elementType, List, Nil, Struct, typeName, type Value } from './value.ts';

/** The data of a template as Go would have it: a struct called `data`. */
export function fromData(data: Fields): Struct {
  return struct(data, 'data');
}

type Fields = Readonly<Record<string, GoJsonValue>>;

/** A struct type is called like the field that holds its values, since the data has no other name for it. */
function struct(data: Fields, type: string): Struct {
  const fields = new Map<string, Value>();
  for (const [field, value] of Object.entries(data)) {
    const name = toBytes(field);
    fields.set(name, value === null ? new Nil(`*${name}`) : convert(value, typeOf(value, name), name));
  }
  return new Struct(type, fields);
}

/** The type of a value: that of a list or map is the one type of all that is in it. */
function typeOf(value: GoJsonValue, name: string): string {
  if (value === null || value instanceof Float32) return value === null ? ANY : 'float32';
  if (isList(value)) return `[]${commonType(value, name)}`;
  if (isMap(value)) return `map[string]${commonType([...value.values()], name)}`;
  return typeof value === 'object' ? name : typeName(typeof value === 'string' ? '' : value);
}

function commonType(items: readonly GoJsonValue[], name: string): string {
  const [type = ANY, ...others] = new Set(items.map((item) => typeOf(item, name)));
  return others.length === 0 ? type : ANY;
}

/** What can be anything holds lists and maps of anything, as what JSON is read into. */
function convert(value: GoJsonValue, type: string, name: string): Value {
  if (typeof value === 'string') return toBytes(value);
  if (value === null || typeof value !== 'object' || value instanceof Float32) return value;
  const own = (container: string): string => (type === ANY ? container + ANY : type);
  if (isList(value)) {
    const list = own('[]');
    return new List(
      list,
      value.map((item) => convert(item, elementType(list), name)),
    );
  }
  if (!isMap(value)) return struct(value, name);
  const map = own('map[string]');
  const items = [...value].map(
    ([key, item]) => [toBytes(key), convert(item, elementType(map), name)] as const,
  );
  return new Dictionary(map, items);
}

function isList(value: GoJsonValue): value is readonly GoJsonValue[] {
  return Array.isArray(value);
}

function isMap(value: GoJsonValue): value is ReadonlyMap<string, GoJsonValue> {
  return value instanceof Map;
}

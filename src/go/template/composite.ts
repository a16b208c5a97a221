import type { Layout } from './format.ts';
import type { ByteString } from './text.ts';
import { Dictionary, List, Struct, typeName, type Value } from './value.ts';

/** What is printed by printing what is in it. */
export type Composite = List | Dictionary | Struct;

/** Whether a value is printed by printing what is in it. */
export function isComposite(value: Value): value is Composite {
  return value instanceof List || value instanceof Dictionary || value instanceof Struct;
}

/** A list, map or struct as `fmt.Printf` prints it: the verb goes to each element, `%#v` gives Go syntax. */
export function formatComposite(
  value: Composite,
  verb: string,
  layout: Layout,
  element: (value: Value, verb: string, layout: Layout) => ByteString,
): ByteString {
  const goSyntax = verb === 'v' && layout.flags.has('#');
  const separator = goSyntax ? ', ' : ' ';
  const type = goSyntax ? typeName(value) : '';
  if (goSyntax && !(value instanceof Struct) && value.isNil) return `${type}(nil)`;
  if (value instanceof List) {
    const items = value.items.map((item) => element(item, verb, layout)).join(separator);
    return goSyntax ? `${type}{${items}}` : `[${items}]`;
  }
  if (value instanceof Dictionary) {
    const items = value
      .sorted()
      .map(([key, item]) => `${element(key, verb, layout)}:${element(item, verb, layout)}`)
      .join(separator);
    return goSyntax ? `${type}{${items}}` : `map[${items}]`;
  }
  const named = goSyntax || (verb === 'v' && layout.flags.has('+'));
  const fields = [...value.fields].map(
    ([name, field]) => (named ? `${name}:` : '') + element(field, verb, layout),
  );
  return `${type}{${fields.join(separator)}}`;
}

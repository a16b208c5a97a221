import { goJson } from '../json.ts';
import { formatValue } from '../template/format.ts';
import { type ByteString, fromBytes, toBytes } from '../template/text.ts';
import { anyList, Dictionary, Foreign, Integer, List, Nil, Struct, type Value } from '../template/value.ts';
import { type Family, ofAny, ofText } from './define.ts';

/** JSON in and out; the functions that are no `must…` swallow the error. */
export function jsonFunctions(): Family {
  return {
    fromJson: ofText((text) => swallow(() => decode(text), null)),
    mustFromJson: ofText(decode),
    toJson: ofAny((value) => swallow(() => encode(value), '')),
    mustToJson: ofAny((value) => encode(value)),
    toPrettyJson: ofAny((value) => swallow(() => encode(value, '\n'), '')),
    mustToPrettyJson: ofAny((value) => encode(value, '\n')),
    toRawJson: ofAny((value) => unescapeHtml(encode(value))),
    mustToRawJson: ofAny((value) => unescapeHtml(encode(value))),
  };
}

function swallow<T>(run: () => Value, otherwise: T): Value | T {
  try {
    return run();
  } catch {
    return otherwise;
  }
}

function decode(text: ByteString): Value {
  const parsed: unknown = JSON.parse(fromBytes(text));
  return fromParsed(parsed);
}

function fromParsed(value: unknown): Value {
  if (typeof value === 'string') return toBytes(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return anyList(value.map(fromParsed));
  if (typeof value !== 'object' || value === null) return null;
  return new Dictionary(
    'map[string]interface {}',
    Object.entries(value).map(([key, item]) => [toBytes(key), fromParsed(item)] as const),
  );
}

/** With a line break and indentation between the parts, or compact without. */
function encode(value: Value, newLine?: string): ByteString {
  if (value === null || value instanceof Nil) return 'null';
  if (value instanceof Foreign) return value.json();
  if (value instanceof Integer) return String(value.value);
  if (typeof value === 'string') return toBytes(goJson(fromBytes(value)));
  const inner = newLine === undefined ? undefined : `${newLine}  `;
  if (value instanceof List) {
    const items = value.items.map((item) => encode(item, inner));
    return value.isNil ? 'null' : enclose(items, ['[', ']'], newLine);
  }
  if (value instanceof Dictionary || value instanceof Struct) {
    if (value instanceof Dictionary && value.isNil) return 'null';
    const entries = value instanceof Dictionary ? value.sorted() : [...value.fields];
    const colon = newLine === undefined ? ':' : ': ';
    const items = entries.map(([key, item]) => encode(key) + colon + encode(item, inner));
    return enclose(items, ['{', '}'], newLine);
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`json: unsupported value: ${formatValue(value)}`);
  return goJson(value);
}

function enclose(
  items: readonly ByteString[],
  [open, close]: readonly [string, string],
  newLine: string | undefined,
): ByteString {
  if (newLine === undefined || items.length === 0) return open + items.join(',') + close;
  return `${open}${newLine}  ${items.join(`,${newLine}  `)}${newLine}${close}`;
}

const HTML: ReadonlyMap<string, string> = new Map([
  ['3c', '<'],
  ['3e', '>'],
  ['26', '&'],
]);

function unescapeHtml(json: ByteString): ByteString {
  return json.replace(/\\\\|\\u00(3c|3e|26)/g, (escape, code) =>
    typeof code === 'string' ? (HTML.get(code) ?? escape) : escape,
  );
}

import { getScalarValue, SCALAR_STYLE, type ScalarEvent } from '../yaml/index.ts';

/** What a YAML scalar without quotes or tag is. */
export type ScalarType = 'null' | 'boolean' | 'number' | 'string';

const NULL = /^(?:|~|null|Null|NULL)$/;
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INTEGER = /^[-+]?(?:0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const SPECIAL = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Reads a plain scalar as the YAML library of Kubernetes does, which is neither YAML 1.1 (times, base 60) nor 1.2 (`yes`). */
export function plainType(text: string): ScalarType {
  // Nearly every scalar begins with a letter none of the special words has, or is longer than they are.
  if (text.length > 5 && /^[A-Za-z]/.test(text)) return 'string';
  if (NULL.test(text)) return 'null';
  if (TRUE.test(text) || FALSE.test(text)) return 'boolean';
  const digits = text.replaceAll('_', '');
  return INTEGER.test(digits) || FLOAT.test(digits) || SPECIAL.test(text) ? 'number' : 'string';
}

/** The JavaScript value of a plain scalar. */
export function plainValue(text: string): null | boolean | number | string {
  switch (plainType(text)) {
    case 'null':
      return null;
    case 'boolean':
      return TRUE.test(text);
    case 'number':
      return numberOf(text.replaceAll('_', ''));
    default:
      return text;
  }
}

function numberOf(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '');
  if (/^\.inf$/i.test(digits)) return sign * Number.POSITIVE_INFINITY;
  if (/^\.nan$/i.test(digits)) return Number.NaN;
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  return sign * Number(digits);
}

/** What a scalar is by its tag, or else by how it is written (https://yaml.org/spec/1.2.2/#103-core-schema). */
export function scalarType(source: string, event: ScalarEvent): ScalarType {
  const tag = event.tagStart < 0 ? '' : source.slice(event.tagStart, event.tagEnd);
  const core = /^(?:!!|!<tag:yaml\.org,2002:)(int|float|bool|null|binary)>?$/.exec(tag)?.[1];
  // Bytes are no text; what else the application's own tags make of a scalar only the application knows.
  if (core === 'null') return 'null';
  if (core === 'bool') return 'boolean';
  if (core !== undefined) return 'number';
  return tag !== '' || event.style !== SCALAR_STYLE.PLAIN
    ? 'string'
    : plainType(getScalarValue(source, event));
}

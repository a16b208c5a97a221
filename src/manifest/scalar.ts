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

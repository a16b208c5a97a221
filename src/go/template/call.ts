import type { TemplateFunction } from './builtins.ts';
import { formatValue } from './format.ts';
import { describeNode, type Operand } from './nodes.ts';
import type { ByteString } from './text.ts';
import { typeName, type Value } from './value.ts';

/** How many arguments a call has: written ones, and one if a value is piped in. */
export interface ArgumentCount {
  readonly written: number;
  readonly piped: 0 | 1;
}

/** What is wrong with the number of arguments, if anything; `and`, `or` and `call` want at least one. */
export function countFault(
  name: ByteString,
  builtin: TemplateFunction | undefined,
  { written, piped }: ArgumentCount,
): string | undefined {
  const { least, most } = builtin ?? { least: 1, most: Number.POSITIVE_INFINITY };
  const given = written + piped;
  if (given >= least && given <= most) return undefined;
  // As in Go, only a fixed number counts what is piped in.
  return most === Number.POSITIVE_INFINITY
    ? `wrong number of args for ${name}: want at least ${least} got ${written}`
    : `wrong number of args for ${name}: want ${most} got ${given}`;
}

/** Why a value cannot be a string argument, if it cannot. */
export function stringFault(value: Value): string | undefined {
  if (value === null) return 'invalid value; expected string';
  return typeof value === 'string'
    ? undefined
    : `wrong type for value; expected string; got ${typeName(value)}`;
}

/** No value of a template is a function, so `call` has nothing to call. */
export function callFault(value: Value, word: Operand | undefined): string {
  const name = word === undefined ? formatValue(value) : describeNode(word);
  return value === null ? 'call of nil' : `non-function ${name} of type ${typeName(value)}`;
}

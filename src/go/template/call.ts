import type { ParameterType, TemplateFunction } from './function.ts';
import { formatValue } from './format.ts';
import { describeNode, type Operand } from './nodes.ts';
import type { ByteString } from './text.ts';
import { Boxed, Dictionary, type Slot, typeName, type Value } from './value.ts';

/** How many arguments a call has: written ones, and one if a value is piped in. */
export interface ArgumentCount {
  readonly written: number;
  readonly piped: 0 | 1;
}

/** What is wrong with the number of arguments, if anything; `and`, `or` and `call` want at least one. */
export function countFault(
  name: ByteString,
  callee: TemplateFunction | undefined,
  { written, piped }: ArgumentCount,
): string | undefined {
  const least = callee?.parameters.length ?? 1;
  const given = written + piped;
  // As in Go, only a fixed number counts what is piped in.
  if (callee === undefined || callee.rest !== undefined)
    return given >= least
      ? undefined
      : `wrong number of args for ${name}: want at least ${least} got ${written}`;
  return given === least ? undefined : `wrong number of args for ${name}: want ${least} got ${given}`;
}

/** The type of a function's parameter. */
export function parameterAt(callee: TemplateFunction | undefined, index: number): ParameterType {
  return callee?.parameters[index] ?? callee?.rest ?? 'reflect.Value';
}

/** A value as an argument, or why it cannot be one. */
export type Argument = { readonly value: Value } | { readonly fault: string };

/** A written constant as an argument; `undefined` if the operand is none. */
export function constantArgument(word: Operand, type: ParameterType): Argument | undefined {
  if (word.kind === 'nil')
    return canBeNil(type) ? { value: zero(type) } : { fault: `cannot assign nil to ${type}` };
  if (word.kind !== 'constant' && word.kind !== 'overflow') return undefined;
  const value = word.kind === 'constant' ? word.value : Number(word.source);
  switch (type) {
    case 'reflect.Value':
    case 'interface {}':
      return word.kind === 'constant' ? { value } : { fault: `${word.source} overflows int` };
    case 'string':
    case 'bool':
      return typeName(value) === type
        ? { value }
        : { fault: `expected ${type}; found ${describeNode(word)}` };
    case 'int': {
      const integer = word.kind === 'constant' ? wholeNumber(value) : undefined;
      return integer === undefined
        ? { fault: `expected integer; found ${describeNode(word)}` }
        : { value: integer };
    }
    case 'float64':
      return typeof value === 'bigint' || typeof value === 'number'
        ? { value: Number(value) }
        : { fault: `expected float; found ${describeNode(word)}` };
    default:
      return { fault: `can't handle ${describeNode(word)} for arg of type ${type}` };
  }
}

/** As in Go, a constant such as `1.0` or `1e3` is an integer too. */
function wholeNumber(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 63
    ? BigInt(value)
    : undefined;
}

/** Any other value as an argument. */
export function valueArgument(slot: Slot, type: ParameterType): Argument {
  if (slot === null)
    return canBeNil(type) ? { value: zero(type) } : { fault: `invalid value; expected ${type}` };
  const value = slot instanceof Boxed ? slot.value : slot;
  if (type === 'reflect.Value' || type === 'interface {}' || typeName(value) === type) return { value };
  const found = value === null ? 'interface {}' : typeName(value);
  return { fault: `wrong type for value; expected ${type}; got ${found}` };
}

function canBeNil(type: ParameterType): boolean {
  return type === 'reflect.Value' || type === 'interface {}' || type.startsWith('map');
}

function zero(type: ParameterType): Value {
  return type.startsWith('map') ? new Dictionary(type, [], true) : null;
}

/** No value of a template is a function, so `call` has nothing to call. */
export function callFault(value: Value, word: Operand | undefined): string {
  const name = word === undefined ? formatValue(value) : describeNode(word);
  return value === null ? 'call of nil' : `non-function ${name} of type ${typeName(value)}`;
}

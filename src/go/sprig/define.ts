import type { ParameterType, TemplateFunction } from '../template/function.ts';
import type { ByteString } from '../template/text.ts';
import { Dictionary, type Value } from '../template/value.ts';

/** The functions of one family by name. */
export type Family = Readonly<Record<string, TemplateFunction>>;

/** The arguments of a call, of the types that the function's parameters have. */
export class Arguments {
  readonly #values: readonly Value[];

  constructor(values: readonly Value[]) {
    this.#values = values;
  }

  text(index: number): ByteString {
    const value = this.#values[index];
    return typeof value === 'string' ? value : '';
  }

  int(index: number): number {
    return Number(this.#values[index] ?? 0n);
  }

  float(index: number): number {
    return Number(this.#values[index] ?? 0);
  }

  flag(index: number): boolean {
    return this.#values[index] === true;
  }

  map(index: number): Dictionary {
    const value = this.#values[index];
    return value instanceof Dictionary ? value : new Dictionary('map[string]interface {}', [], true);
  }

  any(index: number): Value {
    return this.#values[index] ?? null;
  }

  /** The arguments from this one on. */
  rest(index: number): readonly Value[] {
    return this.#values.slice(index);
  }
}

/** A function with parameters of these types. */
export function define(
  parameters: readonly ParameterType[],
  apply: (args: Arguments) => Value,
): TemplateFunction {
  return { parameters, apply: (values) => apply(new Arguments(values)) };
}

/** A function that takes any number of arguments after those of its parameters. */
export function variadic(
  parameters: readonly ParameterType[],
  rest: ParameterType,
  apply: (args: Arguments) => Value,
): TemplateFunction {
  return { ...define(parameters, apply), rest };
}

/** A function of one string. */
export function ofText(apply: (text: ByteString) => Value): TemplateFunction {
  return define(['string'], (args) => apply(args.text(0)));
}

/** A function of one value of any type. */
export function ofAny(apply: (value: Value) => Value): TemplateFunction {
  return define(['interface {}'], (args) => apply(args.any(0)));
}

/** What Go says of a method called on nothing. */
export const NIL_DEREFERENCE = 'runtime error: invalid memory address or nil pointer dereference';

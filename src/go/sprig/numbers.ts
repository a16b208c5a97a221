import { formatValue } from '../template/format.ts';
import type { TemplateFunction } from '../template/function.ts';
import { List, type Value } from '../template/value.ts';
import { int64, toFloat64, toInt64 } from './convert.ts';
import { add, type Decimal, divide, fromFloat, multiply, subtract, toFloat } from './decimal.ts';
import { define, type Family, ofAny, ofText, variadic } from './define.ts';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -MAX_INT - 1n;

/** Functions of numbers; those of integers give int64. */
export function numberFunctions(): Family {
  return {
    atoi: ofText(atoi),
    int64: ofAny((value) => int64(toInt64(value))),
    int: ofAny(toInt64),
    float64: ofAny(toFloat64),
    toDecimal: ofAny((value) => int64(fromOctal(formatValue(value)))),
    add1: ofAny((value) => int64(toInt64(value) + 1n)),
    add: variadic([], 'interface {}', (args) => {
      let sum = 0n;
      for (const value of args.rest(0)) sum += toInt64(value);
      return int64(sum);
    }),
    sub: twoIntegers((a, b) => a - b),
    div: twoIntegers((a, b) => a / divisor(b)),
    mod: twoIntegers((a, b) => a % divisor(b)),
    mul: integers((a, b) => a * b),
    max: integers((a, b) => (b > a ? b : a)),
    biggest: integers((a, b) => (b > a ? b : a)),
    min: integers((a, b) => (b < a ? b : a)),
    maxf: floats((a, b) => Math.max(a, b)),
    minf: floats((a, b) => Math.min(a, b)),
    add1f: ofAny((value) => decimal(value, [1n], add)),
    addf: variadic([], 'interface {}', (args) => decimal(0n, args.rest(0), add)),
    subf: decimals(subtract),
    divf: decimals(divide),
    mulf: decimals(multiply),
    ceil: ofAny((value) => Math.ceil(toFloat64(value))),
    floor: ofAny((value) => Math.floor(toFloat64(value))),
    round: variadic(['interface {}', 'int'], 'float64', (args) => {
      const up = args.rest(2).length > 0 ? args.float(2) : 0.5;
      return round(toFloat64(args.any(0)), args.int(1), up);
    }),
    until: define(['int'], (args) => ints(steps(0, args.int(0), args.int(0) < 0 ? -1 : 1))),
    untilStep: define(['int', 'int', 'int'], (args) => ints(steps(args.int(0), args.int(1), args.int(2)))),
    seq: variadic([], 'int', (args) => sequence(args.rest(0).map(Number)).join(' ')),
  };
}

function twoIntegers(apply: (a: bigint, b: bigint) => bigint): TemplateFunction {
  return define(['interface {}', 'interface {}'], (args) =>
    int64(apply(toInt64(args.any(0)), toInt64(args.any(1)))),
  );
}

function integers(apply: (a: bigint, b: bigint) => bigint): TemplateFunction {
  return variadic(['interface {}'], 'interface {}', (args) => {
    let result = toInt64(args.any(0));
    for (const value of args.rest(1)) result = apply(result, toInt64(value));
    return int64(result);
  });
}

function floats(apply: (a: number, b: number) => number): TemplateFunction {
  return variadic(['interface {}'], 'interface {}', (args) =>
    args
      .rest(1)
      .map(toFloat64)
      .reduce(apply, toFloat64(args.any(0))),
  );
}

function decimals(apply: (a: Decimal, b: Decimal) => Decimal): TemplateFunction {
  return variadic(['interface {}'], 'interface {}', (args) => decimal(args.any(0), args.rest(1), apply));
}

function decimal(first: Value, others: readonly Value[], apply: (a: Decimal, b: Decimal) => Decimal): number {
  let result = fromFloat(toFloat64(first));
  for (const value of others) result = apply(result, fromFloat(toFloat64(value)));
  return toFloat(result);
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new Error('runtime error: integer divide by zero');
  return value;
}

function atoi(text: string): bigint {
  if (!/^[+-]?[0-9]+$/.test(text)) return 0n;
  const value = BigInt(text.replace('+', ''));
  return value > MAX_INT ? MAX_INT : value < MIN_INT ? MIN_INT : value;
}

function fromOctal(text: string): bigint {
  const [, sign, digits] = /^([+-]?)([0-7]+)$/.exec(text) ?? [];
  const value = BigInt(`0o${digits ?? '0'}`) * (sign === '-' ? -1n : 1n);
  return value > MAX_INT || value < MIN_INT ? 0n : value;
}

/** Up from a fraction of `up`, which for negative numbers never is one. */
function round(value: number, places: number, up: number): number {
  const power = 10 ** places;
  const digit = power * value;
  return (digit % 1 >= up ? Math.ceil(digit) : Math.floor(digit)) / power;
}

function steps(start: number, stop: number, step: number): readonly number[] {
  const found: number[] = [];
  if (stop < start ? step >= 0 : step <= 0) return found;
  for (let at = start; stop < start ? at > stop : at < stop; at += step) found.push(at);
  return found;
}

/** As seq(1) counts: to, from and to, or from, step and to; the end is part of it. */
function sequence(numbers: readonly number[]): readonly number[] {
  const [first, second, third] = numbers;
  if (first === undefined || numbers.length > 3) return [];
  if (second === undefined) return steps(1, first + (first < 1 ? -1 : 1), first < 1 ? -1 : 1);
  if (third === undefined) {
    const step = second < first ? -1 : 1;
    return steps(first, second + step, step);
  }
  if (third < first && second > 0) return [];
  return steps(first, third + (third < first ? -1 : 1), second);
}

function ints(values: readonly number[]): List {
  return new List('[]int', values.map(BigInt));
}

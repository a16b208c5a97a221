import { equalsAny, isLess } from './compare.ts';
import { escapeHtml, escapeJs, escapeQuery } from './escape.ts';
import type { Functions, TemplateFunction } from './function.ts';
import { index, lengthOf, slice } from './indexing.ts';
import { print, printf, println } from './printf.ts';
import { isTrue, type Value } from './value.ts';

/** The functions of text/template that are not part of its control flow, as `and`, `or` and `call` are. */
export const BUILTINS: Functions = new Map<string, TemplateFunction>([
  ['eq', some(([first = null, ...others]) => equalsAny(first, others))],
  ['ge', two((a, b) => !isLess(a, b))],
  ['gt', two((a, b) => !isLess(a, b) && !equalsAny(a, [b]))],
  ['html', printed((values) => escapeHtml(print(printable(values))))],
  ['index', some(([item = null, ...indexes]) => index(item, indexes))],
  ['js', printed((values) => escapeJs(print(printable(values))))],
  ['le', two((a, b) => isLess(a, b) || equalsAny(a, [b]))],
  ['len', { parameters: ['reflect.Value'], apply: ([item = null]) => lengthOf(item) }],
  ['lt', two(isLess)],
  ['ne', two((a, b) => !equalsAny(a, [b]))],
  ['not', { parameters: ['reflect.Value'], apply: ([value = null]) => !isTrue(value) }],
  ['print', printed(print)],
  [
    'printf',
    {
      parameters: ['string'],
      rest: 'interface {}',
      apply: ([format, ...values]) => printf(typeof format === 'string' ? format : '', values),
    },
  ],
  ['println', printed(println)],
  ['slice', some(([item = null, ...indexes]) => slice(item, indexes))],
  ['urlquery', printed((values) => escapeQuery(print(printable(values))))],
]);

function some(apply: TemplateFunction['apply']): TemplateFunction {
  return { parameters: ['reflect.Value'], rest: 'reflect.Value', apply };
}

function two(compare: (a: Value, b: Value) => boolean): TemplateFunction {
  return {
    parameters: ['reflect.Value', 'reflect.Value'],
    apply: ([a = null, b = null]) => compare(a, b),
  };
}

function printed(apply: TemplateFunction['apply']): TemplateFunction {
  return { parameters: [], rest: 'interface {}', apply };
}

/** The escapers print a missing value as an action does. */
function printable(values: readonly Value[]): readonly Value[] {
  return values.map((value) => value ?? '<no value>');
}

import { deepEqual } from '../template/compare.ts';
import { kindName, typeName, type Value } from '../template/value.ts';
import { define, type Family, ofAny, variadic } from './define.ts';
import { isSet } from './lists.ts';

/** Functions that look at what a value is, and whether it is empty. */
export function defaultFunctions(): Family {
  return {
    default: variadic(['interface {}'], 'interface {}', (args) => {
      const [given = null] = args.rest(1);
      return isSet(given) ? given : args.any(0);
    }),
    empty: ofAny((value) => !isSet(value)),
    coalesce: variadic([], 'interface {}', (args) => args.rest(0).find(isSet) ?? null),
    all: variadic([], 'interface {}', (args) => args.rest(0).every(isSet)),
    any: variadic([], 'interface {}', (args) => args.rest(0).some(isSet)),
    ternary: define(['interface {}', 'interface {}', 'bool'], (args) => args.any(args.flag(2) ? 0 : 1)),
    typeOf: ofAny(typeName),
    typeIs: define(['string', 'interface {}'], (args) => typeName(args.any(1)) === args.text(0)),
    typeIsLike: define(['string', 'interface {}'], (args) => {
      const type = typeName(args.any(1));
      return type === args.text(0) || type === `*${args.text(0)}`;
    }),
    kindOf: ofAny(kindName),
    kindIs: define(['string', 'interface {}'], (args) => kindName(args.any(1)) === args.text(0)),
    deepEqual: define(['interface {}', 'interface {}'], (args) => deepEqual(args.any(0), args.any(1))),
    fail: define(['string'], (args): Value => {
      throw new Error(args.text(0));
    }),
  };
}

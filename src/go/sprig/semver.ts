import { meetsConstraint } from './constraint.ts';
import { define, type Family, ofText } from './define.ts';
import { parseVersion } from './version.ts';

/** Functions of semantic versions. */
export function semverFunctions(): Family {
  return {
    semver: ofText(parseVersion),
    semverCompare: define(['string', 'string'], (args) => meetsConstraint(args.text(0), args.text(1))),
  };
}

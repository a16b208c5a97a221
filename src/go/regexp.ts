import { RE2JS, RE2JSException } from 're2js';

/** A regular expression of Go's package regexp. */
export interface GoRegexp {
  readonly pattern: string;
  /** Whether the expression matches anywhere in the text, in time linear in the text. */
  test(text: string): boolean;
  /** The matches one after the other, none of them empty right behind another. */
  matches(text: string): Iterable<GoMatch>;
}

/** Where an expression matches; groups that took no part are undefined. */
export interface GoMatch {
  readonly start: number;
  readonly end: number;
  /** The whole match, then the groups in the order of their parentheses. */
  readonly groups: readonly (string | undefined)[];
  /** The numbers of the groups that have names. */
  readonly names: Readonly<Record<string, number>>;
}

/** An expression that does not compile; the message is Go's. */
export class GoRegexpError extends Error {
  override readonly name = 'GoRegexpError';
}

/** Compiles an expression in Go's syntax, https://pkg.go.dev/regexp/syntax; throws GoRegexpError. */
export function compileGoRegexp(pattern: string): GoRegexp {
  const compiled = compile(pattern);
  return {
    pattern,
    test: (text) => compiled.matcher(text).find(),
    matches: (text) => matches(compiled, text),
  };
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) throw new GoRegexpError(error.message, { cause: error });
    throw error;
  }
}

function* matches(compiled: RE2JS, text: string): Generator<GoMatch> {
  const matcher = compiled.matcher(text);
  const names = compiled.namedGroups();
  let before = -1;
  for (let at = 0; at <= text.length && matcher.find(at); ) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (end > start || start !== before) {
      const count = matcher.groupCount() + 1;
      const groups = Array.from({ length: count }, (_, group) => matcher.group(group) ?? undefined);
      yield { start, end, groups, names };
    }
    before = end;
    at = end > at ? end : at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
  }
}

import { RE2JS, RE2JSException } from 're2js';

/** A regular expression of Go's package regexp. */
export interface GoRegexp {
  readonly pattern: string;
  /** Whether the expression matches anywhere in the text, in time linear in the text. */
  test(text: string): boolean;
}

/** An expression that does not compile; the message is Go's. */
export class GoRegexpError extends Error {
  override readonly name = 'GoRegexpError';
}

/** Compiles an expression in Go's syntax, https://pkg.go.dev/regexp/syntax; throws GoRegexpError. */
export function compileGoRegexp(pattern: string): GoRegexp {
  const compiled = compile(pattern);
  return { pattern, test: (text) => compiled.matcher(text).find() };
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) throw new GoRegexpError(error.message, { cause: error });
    throw error;
  }
}

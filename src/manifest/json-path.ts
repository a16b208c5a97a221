import { jsonpath, JSONPathEnvironment, JSONPathError, type JSONPathQuery } from 'json-p3';
import { compileGoRegexp, type GoRegexp, GoRegexpError } from '../go/index.ts';
import { spellForRfc } from './json-path-spelling.ts';
import type { JsonValue } from './tree.ts';
import { MAX_DEPTH } from '../yaml/index.ts';

/** The way to a node found by a JSONPath: member names and list positions from the root. */
export type Location = readonly (string | number)[];

/** A compiled JSONPath of RFC 9535. */
export interface JsonPath {
  readonly text: string;
  /** The locations of the nodes it selects in a value. */
  locate(value: JsonValue): Location[];
}

/** A JSONPath that does not compile; the message says why and, where it is an older dialect's, the RFC's spelling. */
export class JsonPathFault extends Error {
  override readonly name = 'JsonPathFault';
}

type TypednessArguments = Parameters<JSONPathEnvironment['checkWellTypedness']>;

/**
 * Compiles JSONPaths whose `match` and `search` take Go's regular expressions: rules are input, and an expression of
 * JavaScript could take for ever.
 */
export class JsonPathCompiler {
  readonly #environment = new GoRegexpEnvironment({ maxRecursionDepth: MAX_DEPTH + 1 });

  /** Throws JsonPathFault. */
  compile(text: string): JsonPath {
    const query = this.#compile(text);
    return { text, locate: (value) => query.query(value).locations() };
  }

  #compile(text: string): JSONPathQuery {
    try {
      return this.#environment.compile(text);
    } catch (error) {
      const fault = describe(error);
      const rfc = spellForRfc(text);
      const hint = rfc !== undefined && this.#compiles(rfc) ? `; in RFC 9535 it is spelled ${rfc}` : '';
      throw new JsonPathFault(`${fault}${hint}`, { cause: error });
    }
  }

  #compiles(text: string): boolean {
    try {
      this.#environment.compile(text);
      return true;
    } catch {
      return false;
    }
  }
}

class GoRegexpEnvironment extends JSONPathEnvironment {
  protected override setupFilterFunctions(): void {
    super.setupFilterFunctions();
    this.functionRegister.set('match', new RegexpFunction((pattern) => `\\A(?:${pattern})\\z`));
    this.functionRegister.set('search', new RegexpFunction((pattern) => pattern));
  }

  /** The library's hook into compiling: a pattern that stands in the path itself must compile as well. */
  override checkWellTypedness(
    token: TypednessArguments[0],
    expressions: TypednessArguments[1],
  ): TypednessArguments[1] {
    const checked = super.checkWellTypedness(token, expressions);
    const pattern = expressions[1];
    if (this.functionRegister.get(token.value) instanceof RegexpFunction) {
      if (pattern instanceof jsonpath.expressions.StringLiteral) compileGoRegexp(pattern.value);
    }
    return checked;
  }
}

/** `match` or `search` of RFC 9535, sections 2.4.6 and 2.4.7. */
class RegexpFunction {
  readonly argTypes = [jsonpath.FunctionExpressionType.ValueType, jsonpath.FunctionExpressionType.ValueType];
  readonly returnType = jsonpath.FunctionExpressionType.LogicalType;
  readonly #anchor: (pattern: string) => string;
  readonly #compiled = new Map<string, GoRegexp | undefined>();

  constructor(anchor: (pattern: string) => string) {
    this.#anchor = anchor;
  }

  call(text: unknown, pattern: unknown): boolean {
    return (
      typeof text === 'string' && typeof pattern === 'string' && this.#regexp(pattern)?.test(text) === true
    );
  }

  /** A pattern taken from the manifest may be anything; what is no pattern matches nothing, says the RFC. */
  #regexp(pattern: string): GoRegexp | undefined {
    if (!this.#compiled.has(pattern)) this.#compiled.set(pattern, compileOrNothing(this.#anchor(pattern)));
    return this.#compiled.get(pattern);
  }
}

function compileOrNothing(pattern: string): GoRegexp | undefined {
  try {
    return compileGoRegexp(pattern);
  } catch (error) {
    if (error instanceof GoRegexpError) return undefined;
    throw error;
  }
}

function describe(error: unknown): string {
  if (error instanceof JSONPathError) {
    const reason = error.message.replace(/ \('.*':\d+\)$/s, '');
    return `${reason} at character ${error.token.index + 1}`;
  }
  if (error instanceof GoRegexpError) return error.message;
  throw error;
}

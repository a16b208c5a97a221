import type { GoJsonValue } from './json.ts';
import { LEFT_OUT, sprigFunctions } from './sprig/sprig.ts';
import { TemplateError } from './template/error.ts';
import { BUILTINS } from './template/builtins.ts';
import { fromData } from './template/data.ts';
import { execute } from './template/executor.ts';
import { parse } from './template/parser.ts';
import { fromBytes, toBytes } from './template/text.ts';

export { TemplateError };

/**
 * What a template is rendered with: a Go struct of these fields, in this order. A null in a field is a nil pointer,
 * or an empty list where only that works; elsewhere it is the nil of an interface.
 */
export type TemplateData = Readonly<Record<string, GoJsonValue>>;

/** What a template may use besides its data. */
export interface TemplateOptions {
  /** What errors call the template. */
  readonly name?: string;
  /** Whether the text functions of sprig v3 are there (https://masterminds.github.io/sprig/). */
  readonly sprig?: boolean;
  /** Milliseconds since 1970, for sprig's dates. */
  readonly now?: () => number;
  /** A number from 0 up to 1, for sprig's random texts. */
  readonly random?: () => number;
  /** What sprig's `env` and `expandenv` read; `TZ` is the zone of its dates, else the system's is. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** A Go template that has been parsed. */
export interface Template {
  /** The template's text for the data; throws `TemplateError`, for a field the data has not among others. */
  render(data: TemplateData): string;
}

/**
 * Parses a template of Go's text/template with its built-in functions (https://pkg.go.dev/text/template);
 * throws `TemplateError`. A bigint is Go's int and a number its float64; complex, hexadecimal-float and function values do not exist.
 */
export function compileTemplate(text: string, options: TemplateOptions = {}): Template {
  const name = toBytes(options.name ?? 'template');
  const bytes = toBytes(text);
  const functions = options.sprig === true ? new Map([...BUILTINS, ...sprigFunctions(options)]) : BUILTINS;
  const definitions = parse(name, bytes, (called) => {
    if (functions.has(called) || CONTROL.has(called)) return undefined;
    return options.sprig === true && LEFT_OUT.has(called) ? 'is not in this version' : 'not defined';
  });
  return {
    render: (data) => fromBytes(execute(name, { text: bytes, definitions, functions }, fromData(data))),
  };
}

/** The functions that decide which of their arguments are evaluated. */
const CONTROL: ReadonlySet<string> = new Set(['and', 'or', 'call']);

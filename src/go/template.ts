import { TemplateError } from './template/error.ts';
import { execute, FUNCTION_NAMES } from './template/executor.ts';
import { parse } from './template/parser.ts';
import { toBytes } from './template/text.ts';
import type { Value } from './template/value.ts';

export { TemplateError };

/** What a template is rendered with: a Go struct of these fields, in this order. */
export type TemplateData = Readonly<Record<string, string | boolean | bigint | number>>;

/** A Go template that has been parsed. */
export interface Template {
  /** The template's text for the data; throws `TemplateError`, for a field the data has not among others. */
  render(data: TemplateData): string;
}

/**
 * Parses a template of Go's text/template with its built-in functions (https://pkg.go.dev/text/template);
 * throws `TemplateError`. A bigint is Go's int and a number its float64; complex, hexadecimal-float and function values do not exist.
 */
export function compileTemplate(text: string, options: { readonly name?: string } = {}): Template {
  const name = toBytes(options.name ?? 'template');
  const bytes = toBytes(text);
  const definitions = parse(name, bytes, FUNCTION_NAMES);
  return {
    render(data) {
      const fields = new Map<string, Value>();
      for (const [field, value] of Object.entries(data)) {
        fields.set(toBytes(field), typeof value === 'string' ? toBytes(value) : value);
      }
      return Buffer.from(execute(name, bytes, definitions, { fields }), 'latin1').toString('utf8');
    },
  };
}

import type { Value } from './value.ts';

/** The type of a parameter; `reflect.Value` is that of the built-in functions that take anything. */
export type ParameterType =
  | 'string'
  | 'bool'
  | 'int'
  | 'float64'
  | 'interface {}'
  | 'reflect.Value'
  | 'map[string]interface {}'
  | 'time.Time'
  | '*semver.Version';

/** A function of the template language, or a method; `apply` throws an `Error` whose message is Go's. */
export interface TemplateFunction {
  readonly parameters: readonly ParameterType[];
  /** The type of the arguments after these, where there can be more. */
  readonly rest?: ParameterType;
  readonly apply: (values: readonly Value[]) => Value;
}

/** The functions that a template may call. */
export type Functions = ReadonlyMap<string, TemplateFunction>;

import type { JsonValue } from '../manifest/index.ts';
import { type FlagDefinitions, type ParsedFlags, parseFlags, UsageError } from './go-flags.ts';

/** The kind of a functionConfig of our own; its `spec` has values, lists of values and booleans by flag. */
export const FUNCTION_CONFIG = { apiVersion: 'tallyman/v1alpha1', kind: 'Reimage' } as const;

/** Flags that make no sense where one ResourceList goes in and one comes out. */
const STREAM_ONLY = ['f', 'plan', 'mappings-only', 'V'];

type Members = Readonly<Record<string, JsonValue>>;

/** The flags of a function: those of the command line, then those of its functionConfig. Throws `UsageError`. */
export function parseFunctionFlags<D extends FlagDefinitions>(
  definitions: D,
  argv: readonly string[],
  config: JsonValue | undefined,
): ParsedFlags<D> {
  const more = configArguments(config);
  try {
    refuseStreamOnly(parseFlags(definitions, more), true);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`functionConfig: ${error.message}`, { cause: error });
  }
  const own = parseFlags(definitions, argv);
  refuseStreamOnly(own, false);
  // Flags after an argument that is none would not be read as flags; the argument itself is refused later.
  return own.rest.length > 0 ? own : parseFlags(definitions, [...argv, ...more]);
}

function refuseStreamOnly<D extends FlagDefinitions>(
  { given, help }: ParsedFlags<D>,
  inConfig: boolean,
): void {
  const names = new Set<string>([...given].map(String));
  if (help) names.add('h');
  const refused = [...STREAM_ONLY, ...(inConfig ? ['input', 'h'] : [])].find((name) => names.has(name));
  if (refused !== undefined) throw new UsageError(`-${refused} makes no sense in a function`);
}

/** The functionConfig as arguments. */
function configArguments(config: JsonValue | undefined): string[] {
  if (config === undefined || config === null) return [];
  if (!isMembers(config)) throw new UsageError('functionConfig is no object');
  return Object.entries(valuesOf(config)).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item) => `-${name}=${argument(name, item)}`),
  );
}

function valuesOf(config: Members): Members {
  const { apiVersion, kind, spec, data } = config;
  const isOurs = apiVersion === FUNCTION_CONFIG.apiVersion && kind === FUNCTION_CONFIG.kind;
  const isMap = apiVersion === 'v1' && kind === 'ConfigMap';
  if (!isOurs && !isMap && Object.keys(config).length > 0) {
    const ours = `${FUNCTION_CONFIG.kind} of ${FUNCTION_CONFIG.apiVersion}`;
    throw new UsageError(
      `functionConfig is ${JSON.stringify(kind)} of ${JSON.stringify(apiVersion)}, not a ConfigMap or ${ours}`,
    );
  }
  const values = (isOurs ? spec : data) ?? {};
  if (isMembers(values)) return values;
  throw new UsageError(`functionConfig: ${isOurs ? 'spec' : 'data'} must have flags by name`);
}

function argument(name: string, value: JsonValue): string {
  if (value !== null && typeof value !== 'object') return String(value);
  throw new UsageError(
    `functionConfig: the value of ${name} must be a text, a number, true or false, or a list of them`,
  );
}

function isMembers(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

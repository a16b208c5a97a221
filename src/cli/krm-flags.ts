import type { JsonValue } from '../manifest/index.ts';
import { type FlagDefinitions, type ParsedFlags, parseFlags, UsageError } from './go-flags.ts';

/** The kind of a functionConfig of our own; its `spec` has values, lists of values and booleans by flag. */
export const FUNCTION_CONFIG = { apiVersion: 'tallyman/v1alpha1', kind: 'Reimage' } as const;

/** Flags that make no sense where one ResourceList goes in and one comes out. */
const STREAM_ONLY = ['f', 'plan', 'mappings-only', 'V'];

/**
 * Flags that would give whoever writes a functionConfig the machine, and not only the images of the list: it comes with
 * the manifests, which may be a stranger's. A template of a report sees the environment, and a line in a file of the log
 * can be one of a shell's start-up file.
 */
const COMMAND_LINE_ONLY: ReadonlyMap<string, string> = new Map([
  ['vulncheck-command', 'runs a program'],
  ['vulncheck-report-template', 'reads the environment'],
  ['vulncheck-report-output', 'writes a file'],
  ['write-json-mappings-file', 'writes a file'],
  ['write-images-lock-file', 'writes a file'],
  ['write-kbld-lock-file', 'writes a file'],
  ['log-file', 'writes a file'],
  ['registries-conf', 'says how passwords travel'],
]);

/** Flags that would take the force from others of the command line. */
const LOOSENS: ReadonlyMap<string, readonly string[]> = new Map([
  ['allow-missing', ['static-json-mappings-file', 'static-json-mappings-img']],
  ['ignore', ['fail-on-unmatched']],
  ['rules-config', ['fail-on-unmatched']],
]);

type Members = Readonly<Record<string, JsonValue>>;

/**
 * The flags of a function: those of the command line, and those of its functionConfig, which can neither change them
 * nor reach beyond the images of the list. Throws `UsageError`.
 */
export function parseFunctionFlags<D extends FlagDefinitions>(
  definitions: D,
  argv: readonly string[],
  config: JsonValue | undefined,
): ParsedFlags<D> {
  const own = parseFlags(definitions, argv);
  const more = configArguments(definitions, config, new Set([...own.given].map(String)));
  refuseStreamOnly(own, false);
  // Flags after an argument that is none would not be read as flags; the argument itself is refused later.
  return own.rest.length > 0 ? own : parseFlags(definitions, [...argv, ...more]);
}

/** Refuses what the command line alone may say, and what it has said. */
function refuseForeign(name: string, own: ReadonlySet<string>): void {
  const effect = COMMAND_LINE_ONLY.get(name);
  if (effect !== undefined)
    throw new UsageError(`-${name} ${effect}: only the command line of the function can give it`);
  if (own.has(name)) throw new UsageError(`-${name} is on the command line of the function, which decides`);
  const loosened = LOOSENS.get(name)?.find((other) => own.has(other));
  if (loosened !== undefined)
    throw new UsageError(`-${name} would loosen -${loosened} of the command line of the function`);
  const isGate = name === 'ignore' || name.startsWith('vulncheck-');
  if (isGate && [...own].some((other) => other.startsWith('vulncheck-')))
    throw new UsageError(`-${name} would change the gate that the command line of the function sets up`);
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

/** The functionConfig as arguments, each checked; `own` are the flags of the command line. */
function configArguments(
  definitions: FlagDefinitions,
  config: JsonValue | undefined,
  own: ReadonlySet<string>,
): string[] {
  if (config === undefined || config === null) return [];
  if (!isMembers(config)) throw new UsageError('functionConfig is no object');
  const seen = new Set<string>();
  return Object.entries(valuesOf(config)).flatMap(([name, value]) => {
    const given = (Array.isArray(value) ? value : [value]).map((item) => `-${name}=${argument(name, item)}`);
    try {
      checkConfigured(definitions, given, own, seen);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`functionConfig: ${error.message}`, { cause: error });
    }
    return given;
  });
}

/** Checks the arguments that are one value of a functionConfig; `seen` are the flags before it. */
function checkConfigured(
  definitions: FlagDefinitions,
  given: readonly string[],
  own: ReadonlySet<string>,
  seen: Set<string>,
): void {
  const parsed = parseFlags(definitions, given);
  refuseStreamOnly(parsed, true);
  for (const name of parsed.given) {
    refuseForeign(name, own);
    const isRepeatable = definitions[name]?.type === 'strings';
    if (seen.has(name) || (given.length > 1 && !isRepeatable))
      throw new UsageError(`-${name} can be given only once`);
    seen.add(name);
  }
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

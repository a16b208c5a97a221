import { availableParallelism } from 'node:os';
import { compileGoRegexp, type GoRegexp } from '../go/index.ts';
import { type Platform, parsePlatform } from '../oci/index.ts';
import {
  type IgnoreRule,
  parseIgnoreList,
  reportKindOf,
  type ScanFormat,
  splitCommand,
} from '../vulnerability/index.ts';
import { invalid, oneOf } from './flag-fault.ts';
import { type ParsedFlags, UsageError } from './go-flags.ts';
import type { REIMAGE_FLAGS } from './reimage-flags.ts';

type Flags = ParsedFlags<typeof REIMAGE_FLAGS>;

/** Images that are asked for at the same time where Google scans. */
const MOST_WAITS = 64;

/** What the flags ask of the gate; the files that they name are not read yet. */
export interface GateSettings {
  readonly scanner:
    | {
        readonly kind: 'command';
        readonly command: readonly string[];
        readonly format: ScanFormat | undefined;
      }
    | {
        readonly kind: 'grafeas';
        readonly parent: string;
        readonly maxRetries: number | undefined;
        readonly allowUnsupported: boolean;
      };
  readonly platforms: 'scanner' | 'all' | readonly Platform[];
  readonly workers: number;
  /** Milliseconds for one scan. */
  readonly timeout: number;
  readonly maxCvss: number | undefined;
  readonly maxRisk: number | undefined;
  readonly unscored: number;
  readonly fixableOnly: boolean;
  readonly ignoreImages: GoRegexp | undefined;
  readonly ignoreList: readonly IgnoreRule[];
  readonly ignoreFiles: readonly string[];
  readonly vexFiles: readonly string[];
  /** Undefined where none is written. */
  readonly report: ReportPlace | undefined;
}

/** Where the report is written. */
export interface ReportPlace {
  readonly path: string;
  /** The path of the template that it is written by; undefined where the name of the report tells its form. */
  readonly template: string | undefined;
}

/** The gate that the flags ask for; undefined when nothing is to be scanned. Throws `UsageError`. */
export function readGateSettings(flags: Flags): GateSettings | undefined {
  const { values, given } = flags;
  const maxCvss = limit(flags, 'vulncheck-max-cvss');
  const maxRisk = limit(flags, 'vulncheck-max-risk');
  const report = readReport(flags);
  if (maxCvss === undefined && maxRisk === undefined) {
    if (report === undefined) return undefined;
    throw new UsageError(
      '-vulncheck-report-output needs the gate: give -vulncheck-max-cvss (11 accepts all) or -vulncheck-max-risk',
    );
  }
  const workers = values['vulncheck-workers'];
  if (given.has('vulncheck-workers') && workers < 1)
    throw new UsageError(`-vulncheck-workers must be at least 1, not ${workers}`);
  if (values['vulncheck-timeout'] <= 0)
    throw new UsageError('-vulncheck-timeout must be longer than nothing, as in 5m');
  const unscored = values['vulncheck-unscored-cvss'];
  if (unscored < 0 || unscored > 10)
    throw new UsageError(`-vulncheck-unscored-cvss is a score from 0 to 10, not ${unscored}`);
  const pattern = values['vulncheck-ignore-images'];
  return {
    scanner: readScanner(flags, maxRisk),
    platforms: readPlatforms(values['vulncheck-platforms']),
    workers: given.has('vulncheck-workers') ? workers : defaultWorkers(values['vulncheck-method']),
    timeout: values['vulncheck-timeout'],
    maxCvss,
    maxRisk,
    unscored,
    fixableOnly: values['vulncheck-fixable-only'],
    ignoreImages:
      pattern === ''
        ? undefined
        : checked('vulncheck-ignore-images', pattern, () => compileGoRegexp(pattern)),
    ignoreList: ignoreList(values['vulncheck-ignore-cve-list']),
    ignoreFiles: values['vulncheck-ignore-file'],
    vexFiles: values['vulncheck-vex'],
    // A plan leaves the report of the last run as it is.
    report: values.plan ? undefined : report,
  };
}

/** Flags of the gate that were given although nothing is to be scanned. */
export function idleGateFlags({ given }: Flags): readonly string[] {
  return [...given].filter((name) => name.startsWith('vulncheck-')).map((name) => `-${name}`);
}

/** A project of Google as `projects/ID`; the Go program's help spelled it `project/ID`. Throws `UsageError`. */
export function projectOf(flag: string, value: string): string {
  const [, id] = /^projects?\/(\w[\w.:-]*)$/.exec(value) ?? [];
  if (id === undefined)
    throw new UsageError(`invalid value "${value}" for flag -${flag}: it is projects/PROJECT`);
  return `projects/${id}`;
}

/** Scanners need processors; who waits for Google needs none. */
function defaultWorkers(method: string): number {
  return method === 'grafeas' ? MOST_WAITS : availableParallelism();
}

function limit({ values }: Flags, name: 'vulncheck-max-cvss' | 'vulncheck-max-risk'): number | undefined {
  const value = values[name];
  if (value < 0) throw new UsageError(`-${name} cannot be below 0, which is no limit`);
  return value === 0 ? undefined : value;
}

function readScanner({ values, given }: Flags, maxRisk: number | undefined): GateSettings['scanner'] {
  const method = oneOf('vulncheck-method', values['vulncheck-method'], ['trivy', 'exec', 'grafeas']);
  const format = values['vulncheck-format'];
  if (method === 'grafeas') {
    if (maxRisk !== undefined) throw new UsageError('-vulncheck-max-risk: scans of Google have no risk');
    const parent = values['grafeas-parent'];
    if (parent === '') throw new UsageError('-vulncheck-method grafeas needs -grafeas-parent');
    const retries = values['vulncheck-max-retries'];
    if (retries < 0) throw new UsageError(`-vulncheck-max-retries cannot be ${retries}`);
    return {
      kind: 'grafeas',
      parent: projectOf('grafeas-parent', parent),
      maxRetries: given.has('vulncheck-max-retries') ? retries : undefined,
      allowUnsupported: values['vulncheck-allow-unsupported'],
    };
  }
  const wanted = format === '' ? undefined : oneOf('vulncheck-format', format, ['trivy-json', 'grype-json']);
  if (wanted === 'trivy-json' && maxRisk !== undefined)
    throw new UsageError('-vulncheck-max-risk: the JSON of trivy has no risk');
  const text = values['vulncheck-command'];
  const command = checked('vulncheck-command', text, () => splitCommand(text));
  return { kind: 'command', command, format: wanted };
}

function readReport({ values }: Flags): ReportPlace | undefined {
  const [path, template] = [values['vulncheck-report-output'], values['vulncheck-report-template']];
  if (path === '' && template === '') return undefined;
  if (path === '') throw new UsageError('-vulncheck-report-template needs -vulncheck-report-output');
  if (template !== '') return { path, template };
  if (reportKindOf(path) === undefined) {
    throw new UsageError(
      `invalid value "${path}" for flag -vulncheck-report-output: without -vulncheck-report-template its name ends in .json, .sarif or .html`,
    );
  }
  return { path, template: undefined };
}

function readPlatforms(text: string): GateSettings['platforms'] {
  if (text === '') return 'scanner';
  if (text === 'all') return 'all';
  return text
    .split(',')
    .map((platform) => checked('vulncheck-platforms', text, () => parsePlatform(platform.trim())));
}

function ignoreList(values: readonly string[]): readonly IgnoreRule[] {
  try {
    return parseIgnoreList(values);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function checked<T>(flag: string, value: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalid(flag, value, error);
  }
}

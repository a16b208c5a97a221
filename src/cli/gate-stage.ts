import { stat } from 'node:fs/promises';
import { compileTemplate } from '../go/index.ts';
import { ContainerAnalysis, type GoogleApi } from '../google/index.ts';
import { systemClock } from '../http/index.ts';
import { runProcess } from '../process/index.ts';
import type { RegistryClient } from '../registry/index.ts';
import type { GateStage } from '../reimage/index.ts';
import {
  CommandScanner,
  type GateReport,
  GrafeasScanner,
  type IgnoreRule,
  parseIgnoreFile,
  parseOpenVex,
  Policy,
  type ReportForm,
  renderReport,
  reportKindOf,
  ScanGate,
  type Scanner,
  scannerVariables,
  type VexDocument,
} from '../vulnerability/index.ts';
import { FileError, readText, replaceFile } from './files.ts';
import type { GateSettings, ReportPlace } from './gate-options.ts';
import { version } from './version.ts';

/** What the gate works with. */
export interface GateServices {
  readonly client: RegistryClient;
  readonly google: GoogleApi;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Reads the files of the gate and makes it. Throws `PolicyError`, `TemplateError`, and when a file cannot be read. */
export async function createGateStage(settings: GateSettings, services: GateServices): Promise<GateStage> {
  const { maxCvss, maxRisk, unscored, fixableOnly, ignoreImages, report } = settings;
  const limits = { maxCvss, maxRisk };
  const [fileRules, vex, form] = await Promise.all([
    readIgnoreFiles(settings.ignoreFiles),
    readVexFiles(settings.vexFiles),
    readForm(report, services.variables),
  ]);
  const ignores = [...settings.ignoreList, ...fileRules];
  const policy = new Policy({ ...limits, unscored, fixableOnly, ignoreImages, ignores, vex });
  const { client } = services;
  const gate = new ScanGate({
    scanner: createScanner(settings, services),
    policy,
    workers: settings.workers,
    timeout: settings.timeout,
    platforms: settings.platforms,
    manifest: async ({ repository, digest }) =>
      (await client.source({ repository, tag: undefined, digest }).manifest(digest)).manifest,
  });
  return {
    gate,
    unusedIgnores: () => policy.unused(),
    report:
      report &&
      form &&
      (async (outcome) => {
        const generatedAt = systemClock.now();
        const all = { ...outcome, limits, unusedIgnores: policy.unused(), generatedAt };
        await replaceFile(report.path, renderReport(all, form, { version: version() }));
      }),
  };
}

/**
 * Puts a report that says of the run only that it has not ended into the place of any other, whose verdict might be taken for
 * this one's; an empty one where a template says how it looks. A folder that cannot be written to shows at once.
 */
export async function openReport({ report, maxCvss, maxRisk }: GateSettings): Promise<void> {
  if (report === undefined) return;
  const { path, template } = report;
  const there = await stat(path).catch(() => undefined);
  // Devices and pipes are written to once.
  if (there && !there.isFile() && !there.isDirectory()) return;
  const kind = template === undefined ? reportKindOf(path) : undefined;
  const unended: GateReport = {
    verdict: 'failed',
    limits: { maxCvss, maxRisk },
    images: [],
    failures: ['the run did not come to its end, so that the gate has no verdict'],
    unusedIgnores: [],
    generatedAt: systemClock.now(),
  };
  const text = kind === undefined ? '' : renderReport(unended, { kind }, { version: version() });
  try {
    await replaceFile(path, text);
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new FileError(`cannot write the report: ${cause.message}`, { cause });
  }
}

function createScanner(
  { scanner, maxRisk, workers }: GateSettings,
  { google, variables }: GateServices,
): Scanner {
  if (scanner.kind === 'command') {
    const { command, format } = scanner;
    return new CommandScanner({
      command,
      format,
      run: runProcess,
      variables: scannerVariables(command, workers, variables),
      needsRisk: maxRisk !== undefined,
    });
  }
  const { parent, maxRetries, allowUnsupported } = scanner;
  return new GrafeasScanner({
    analysis: new ContainerAnalysis(google),
    parent,
    maxRetries,
    allowUnsupported,
    clock: systemClock,
    random: Math.random,
  });
}

async function readIgnoreFiles(paths: readonly string[]): Promise<readonly IgnoreRule[]> {
  const now = systemClock.now();
  const files = await Promise.all(
    paths.map(async (path) => parseIgnoreFile(await readText(path), path, now)),
  );
  return files.flat();
}

async function readVexFiles(paths: readonly string[]): Promise<readonly VexDocument[]> {
  return await Promise.all(paths.map(async (path) => parseOpenVex(await readText(path), path)));
}

async function readForm(
  report: ReportPlace | undefined,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<ReportForm | undefined> {
  if (report === undefined) return undefined;
  const { path, template } = report;
  if (template !== undefined) {
    const options = {
      name: template,
      sprig: true,
      now: () => systemClock.now(),
      random: Math.random,
      variables,
    };
    return { kind: 'template', template: compileTemplate(await readText(template), options) };
  }
  const kind = reportKindOf(path);
  return kind === undefined ? undefined : { kind };
}

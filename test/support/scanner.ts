import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a stand-in for a scanner does with an image. */
export interface ScannerAnswer {
  /** Printed as JSON, a text as it is; nothing if absent. */
  readonly report?: unknown;
  readonly stderr?: string;
  readonly exitCode?: number;
  /** Milliseconds before it prints. */
  readonly delay?: number;
  /** Starts a child that holds its output, and creates a file there after so many milliseconds. */
  readonly child?: { readonly file: string; readonly delay: number };
}

/** What happened to a stand-in, in order. */
export interface ScannerEvent {
  readonly event: 'start' | 'end';
  /** The last argument. */
  readonly image: string;
  readonly args: readonly string[];
}

/** A program that scans nothing, and says what a test wants. */
export interface ScannerStandIn {
  /** A path without white space as long as the folder has none. */
  readonly program: string;
  events(): Promise<readonly ScannerEvent[]>;
}

/** A finding as the reports of both scanners can say it. */
export interface ReportedFinding {
  readonly id: string;
  readonly cvss?: number;
  /** Only grype says it. */
  readonly risk?: number;
  readonly package?: string;
  readonly fixedIn?: string;
}

const SCRIPT = `
const { appendFileSync, writeFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const answers = JSON.parse(require('node:fs').readFileSync(__dirname + '/answers.json', 'utf8'));
const args = process.argv.slice(2);
const image = args.at(-1);
const note = (event) => appendFileSync(__dirname + '/events', JSON.stringify({ event, image, args }) + '\\n');
const answer = answers.byDigest[image.slice(image.indexOf('@') + 1)] ?? answers.otherwise;
note('start');
if (answer.child) {
  const write = 'setTimeout(() => require("node:fs").writeFileSync(process.argv[1], ""), Number(process.argv[2]))';
  spawn(process.execPath, ['-e', write, answer.child.file, answer.child.delay], { stdio: 'inherit' });
}
setTimeout(() => {
  note('end');
  if (answer.stderr !== undefined) process.stderr.write(answer.stderr);
  if (answer.report !== undefined) {
    process.stdout.write(typeof answer.report === 'string' ? answer.report : JSON.stringify(answer.report));
  }
  process.exitCode = answer.exitCode ?? 0;
}, answer.delay ?? 0);
`;

/** Writes a stand-in into a folder of its own; images without an answer by their digest get the other one. */
export async function scannerStandIn(
  folder: string,
  byDigest: Readonly<Record<string, ScannerAnswer>>,
  otherwise: ScannerAnswer = { report: trivyReport([]) },
): Promise<ScannerStandIn> {
  const program = join(folder, 'scanner');
  const script = join(folder, 'scanner.cjs');
  await Promise.all([
    writeFile(script, SCRIPT),
    writeFile(join(folder, 'answers.json'), JSON.stringify({ byDigest, otherwise })),
    writeFile(join(folder, 'events'), ''),
    writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`),
  ]);
  await chmod(program, 0o755);
  return {
    program,
    events: async () => {
      const lines = (await readFile(join(folder, 'events'), 'utf8')).split('\n');
      return lines.filter((line) => line !== '').map((line): ScannerEvent => JSON.parse(line));
    },
  };
}

/** How many images were scanned at the same time at most. */
export function mostAtOnce(events: readonly ScannerEvent[]): number {
  let [running, most] = [0, 0];
  for (const { event } of events) {
    running += event === 'start' ? 1 : -1;
    most = Math.max(most, running);
  }
  return most;
}

/** As `trivy image -f json` prints it. */
export function trivyReport(findings: readonly ReportedFinding[]): unknown {
  const Vulnerabilities = findings.map(({ id, cvss, package: name = 'openssl', fixedIn }) => ({
    VulnerabilityID: id,
    PkgName: name,
    InstalledVersion: '1.0',
    FixedVersion: fixedIn,
    Severity: 'HIGH',
    Title: `what ${id} is`,
    CVSS: cvss === undefined ? undefined : { nvd: { V3Score: cvss } },
  }));
  return {
    SchemaVersion: 2,
    ArtifactType: 'container_image',
    Results: [{ Target: 'image (debian 12)', Class: 'os-pkgs', Vulnerabilities }],
  };
}

/** As `grype -o json` prints it. */
export function grypeReport(findings: readonly ReportedFinding[]): unknown {
  const matches = findings.map(({ id, cvss, risk = 0, package: name = 'openssl', fixedIn }) => ({
    vulnerability: {
      id,
      severity: 'High',
      description: `what ${id} is`,
      cvss: cvss === undefined ? [] : [{ version: '3.1', metrics: { baseScore: cvss } }],
      fix: {
        versions: fixedIn === undefined ? [] : [fixedIn],
        state: fixedIn === undefined ? 'not-fixed' : 'fixed',
      },
      risk,
    },
    relatedVulnerabilities: [],
    artifact: { name, version: '1.0' },
  }));
  return { matches, source: { type: 'image', target: {} } };
}

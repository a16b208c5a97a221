import { clip, columns, type Paper, wrapped } from '../paint.ts';
import { findProgram } from '../programs.ts';
import type { Reported } from './gate-report.ts';

const INDENT = '  ';
/** Prose is no wider, however wide the paper. */
const MEASURE = 80;

/** Says what stands in for the scanner, and which real one would do. */
export async function wordsOnScanners(
  from: string,
  env: Readonly<Record<string, string | undefined>>,
  paper: Paper,
): Promise<string[]> {
  const [trivy, grype] = [await findProgram('trivy', env), await findProgram('grype', env)];
  const real =
    trivy !== undefined
      ? 'trivy is on your PATH, and is what scans without -vulncheck-command.'
      : grype !== undefined
        ? "grype is on your PATH: -vulncheck-command 'grype --by-cve -o json' has it scan."
        : 'Without -vulncheck-command it is trivy that scans; grype can do it too.';
  return wrapped(
    `A script stands in for the scanner here, and finds something in ${from}. ${real}`,
    Math.min(paper.width, MEASURE),
  );
}

/** Draws what a rejected run says of it on standard error; throws where it says nothing. */
export function drawComplaints(stderr: string, paper: Paper): string[] {
  const lines = stderr.split('\n').filter((line) => line.includes('level=ERROR'));
  if (lines.length === 0) throw new Error('a rejected run says nothing');
  return lines.flatMap((line) =>
    wrapped(line.replace(/^time=\S+ /, ''), Math.min(paper.width, MEASURE), INDENT).map((row) =>
      paper.paint(row, 'warning'),
    ),
  );
}

/** Draws findings of the report. */
export function drawFindings(findings: readonly Reported[], paper: Paper): string[] {
  const rows = findings.map(({ id, cvss, package: name, fixedIn }) => [
    id,
    cvss.toFixed(1),
    name,
    fixedIn === undefined ? 'no fix yet' : `fixed in ${fixedIn}`,
  ]);
  return columns(rows, { width: paper.width - INDENT.length * 2 }).map((row) => INDENT + INDENT + row);
}

/** Draws facts, each by its name. */
export function drawFacts(rows: readonly (readonly string[])[], paper: Paper): string[] {
  const width = Math.max(...rows.map(([name = '']) => name.length));
  const room = paper.width - INDENT.length * 2 - width;
  return rows.map(
    ([name = '', text = '']) =>
      `${INDENT}${paper.paint(name.padEnd(width), 'quiet')}${INDENT}${clip(text, room)}`,
  );
}

import { copyFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawCommand } from '../programs.ts';
import type { Voice } from '../voice.ts';
import { COMMAND } from './command.ts';
import { type GateReport, imageIn, readGateReport } from './gate-report.ts';
import { drawComplaints, drawFacts, drawFindings, wordsOnScanners } from './gate-view.ts';
import { FINDINGS } from './scanner.ts';
import type { Trial } from './trial.ts';

/** The exit code of a run in which the gate rejected an image. */
const REJECTED = 3;

/** Shows how an image is rejected: nothing printed, nothing of it copied, a report written. */
export async function showRejection(trial: Trial, { paper, say, heading }: Voice): Promise<void> {
  const { stage, bad, images, report, args } = trial;
  heading('A gate', 'one image has findings above the limit');
  say(...(await wordsOnScanners(bad.from, stage.env, paper)));
  say('', ...drawCommand(COMMAND, args(), paper), '');
  const { code, stdout, stderr } = await stage.runQuietly(args(), { code: REJECTED });
  if (stdout.length > 0) throw new Error('a rejected run printed something');
  const traces = stage.registries.traces(bad.from, bad.tag);
  if (traces.length > 0) throw new Error(`${bad.from} was rejected, and left ${traces.join(', ')}`);
  const found = readGateReport(await readFile(report, 'utf8'));
  checkReport(found, bad.from);

  const others = images.filter(({ digest }) => digest !== bad.digest);
  const copied = others.filter(({ tag, digest }) => stage.registries.companyDigest(tag) === digest);
  say(
    ...drawComplaints(stderr, paper),
    '',
    ...drawFacts(
      [
        ['exit code', String(code)],
        ['printed', 'nothing at all'],
        [
          'copied',
          `nothing of ${bad.from}${others.length === 0 ? '' : `; ${copied.length} of ${others.length} others`}`,
        ],
        ['report', `${found.verdict}, and why:`],
      ],
      paper,
    ),
    '',
    ...drawFindings(imageIn(found, bad.from).rejected, paper),
    '',
    'Named .html, the report is a page for people. This one stays here for you:',
    `  ${paper.paint(await keepPage(trial), 'accent')}`,
  );
}

/** Has the same written as a page, and leaves it where the demo does not take it away. */
async function keepPage({ stage, bad, args }: Trial): Promise<string> {
  const page = stage.path('report.html');
  await stage.runQuietly(args('-vulncheck-report-output', page), { code: REJECTED });
  const text = await readFile(page, 'utf8');
  for (const { id } of FINDINGS)
    if (!text.includes(id)) throw new Error(`the page has no ${id} of ${bad.from}`);
  const kept = join(await mkdtemp(join(tmpdir(), 'tallyman-report-')), 'report.html');
  await copyFile(page, kept);
  return kept;
}

/** A demonstration must not claim what is not so. */
function checkReport(report: GateReport, from: string): void {
  const bad = report.images.filter(({ status }) => status !== 'accepted');
  const { status, rejected } = imageIn(report, from);
  const ids = rejected.map(({ id }) => id).toSorted();
  const wanted = FINDINGS.map(({ id }) => id).toSorted();
  const isRight = report.verdict === 'rejected' && status === 'rejected' && bad.length === 1;
  if (isRight && String(ids) === String(wanted)) return;
  throw new Error(
    `the report is of ${bad.length} bad images, and of ${from} has ${ids.join(', ') || 'nothing'}`,
  );
}

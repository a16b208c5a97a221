import { readFile } from 'node:fs/promises';
import { drawCommand } from '../programs.ts';
import type { Voice } from '../voice.ts';
import { COMMAND } from './command.ts';
import { imageIn, readGateReport } from './gate-report.ts';
import { drawFacts } from './gate-view.ts';
import { FINDINGS, ignoreFile } from './scanner.ts';
import type { Trial } from './trial.ts';

const INDENT = '  ';
const THIRTY_DAYS = 30 * 86_400_000;

/** Is drawn for the flags of the commands before. */
export const AS_BEFORE = `${COMMAND} …`;

/** Shows how the same image passes, with an excuse for each finding; gives the trial with that. */
export async function showPassage(trial: Trial, { paper, say, heading }: Voice): Promise<Trial> {
  const { stage, first, bad, images, into, report } = trial;
  const text = ignoreFile(new Date(stage.now + THIRTY_DAYS).toISOString().slice(0, 10));
  const more = ['-vulncheck-ignore-file', await stage.write('ignore.yaml', text)];
  const args: Trial['args'] = (...flags) => trial.args(...more, ...flags);
  heading('The same once more', 'with a file that says why it may pass, and how long');
  const lines = text.trimEnd().split('\n');
  say(...lines.map((line) => INDENT + line), '', ...drawCommand(AS_BEFORE, more, paper), '');

  const { code, stdout } = await stage.runQuietly(args(), { code: 0 });
  const expected = first.output.replaceAll(`${stage.remotePath}/`, `${into}/`);
  if (stdout.toString() !== expected) throw new Error('the gate changes what is printed');
  for (const { from, tag } of images) {
    const lacking = stage.registries.lacking(from, tag);
    if (lacking.length > 0) throw new Error(`${from} came to ${tag} without ${lacking.join(', ')}`);
  }
  const { ignored } = imageIn(readGateReport(await readFile(report, 'utf8')), bad.from);
  if (ignored.length !== FINDINGS.length)
    throw new Error(`${bad.from}: ${ignored.length} findings are ignored`);
  const excuses = ignored.map(({ id, reason }) => [id, excuseIn(reason, id)] as const);
  say(
    ...drawFacts(
      [
        ['exit code', String(code)],
        ['printed', `${expected.split('\n').length - 1} lines, the same as above but for "vetted"`],
        ['copied', images.length === 1 ? bad.from : `${bad.from} too: all ${images.length} images are there`],
        ...excuses.map(([id, excuse], index) => [index === 0 ? 'report' : '', `${id} ignored: ${excuse}`]),
      ],
      paper,
    ),
  );
  return { ...trial, args };
}

/** The excuse of the ignore file, which the report names with the place where it stands. */
function excuseIn(reason: string, id: string): string {
  const excuse = FINDINGS.find((finding) => finding.id === id)?.excuse;
  if (excuse === undefined || !reason.endsWith(`: ${excuse}`)) throw new Error(`${id} is ignored: ${reason}`);
  return excuse;
}

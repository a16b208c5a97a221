#!/usr/bin/env node
import { parseFlags, UsageError, usage } from './go-flags.ts';
import { keepNurserySmall } from './memory.ts';
import { nodeFault } from './node-version.ts';
import { REIMAGE_FLAGS } from './reimage-flags.ts';
import { versionText } from './version.ts';

const SYNOPSIS = '[flags] < manifests.yaml > manifests-out.yaml';

/** Exit codes of the command. */
const FAILURE = 1;
const USAGE = 2;

async function main(): Promise<void> {
  try {
    const flags = parseFlags(REIMAGE_FLAGS, process.argv.slice(2));
    const fault = nodeFault('reimage', process);
    if (flags.help) process.stdout.write(helpText());
    else if (flags.values.V) process.stdout.write(versionText('reimage'));
    else if (fault !== undefined) {
      process.stderr.write(`${fault}\n`);
      await keepInLogFile(fault);
      process.exitCode = FAILURE;
    } else {
      keepNurserySmall();
      // What the work needs takes longer to load than a version to print.
      if (flags.values.input === 'krm') {
        const { runFunction } = await import('./krm.ts');
        process.exitCode = await runFunction(process.argv.slice(2), flags, process);
      } else {
        const { runReimage } = await import('./reimage-command.ts');
        process.exitCode = await runReimage(flags, process);
      }
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\nRun "reimage -h" for the flags.\n`);
    await keepInLogFile(error.message);
    process.exitCode = USAGE;
  }
}

function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** Helm 4 drops what its plugins say on standard error. */
async function keepInLogFile(message: string): Promise<void> {
  const { logFileArgument, openLogFile } = await import('./log-file.ts');
  try {
    const write = openLogFile(logFileArgument(process.argv.slice(2)), process.env, tell);
    if (!write) return;
    const { createLog } = await import('./log.ts');
    createLog({ format: 'text', level: 'error', now: () => new Date(), write }).error(message);
  } catch (fault) {
    // That may be the very file that cannot be written, which has been told by now.
    if (!(fault instanceof UsageError)) throw fault;
  }
}

function helpText(): string {
  return `${usage(REIMAGE_FLAGS, { program: 'reimage', synopsis: SYNOPSIS })}
Exit codes: 0 success, 1 failure, 2 wrong usage, 3 rejected by the vulnerability gate; only 0 prints manifests.
`;
}

await main();

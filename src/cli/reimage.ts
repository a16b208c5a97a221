#!/usr/bin/env node
import { parseFlags, UsageError, usage } from './go-flags.ts';
import { keepNurserySmall } from './memory.ts';
import { REIMAGE_FLAGS } from './reimage-flags.ts';
import { versionText } from './version.ts';

const SYNOPSIS = '[flags] < manifests.yaml > manifests-out.yaml';

/** Exit codes of the command. */
const USAGE = 2;

async function main(): Promise<void> {
  try {
    const flags = parseFlags(REIMAGE_FLAGS, process.argv.slice(2));
    if (flags.help) process.stdout.write(helpText());
    else if (flags.values.V) process.stdout.write(versionText('reimage'));
    else {
      keepNurserySmall();
      // What the work needs takes longer to load than a version to print.
      const { runReimage } = await import('./reimage-command.ts');
      process.exitCode = await runReimage(flags, process);
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\nRun "reimage -h" for the flags.\n`);
    process.exitCode = USAGE;
  }
}

function helpText(): string {
  return `${usage(REIMAGE_FLAGS, { program: 'reimage', synopsis: SYNOPSIS })}
Exit codes: 0 success, 1 failure, 2 wrong usage, 3 rejected by the vulnerability gate; only 0 prints manifests.
`;
}

await main();

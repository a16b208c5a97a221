#!/usr/bin/env node
import { EXPORTER_FLAGS } from './exporter-flags.ts';
import { parseFlags, UsageError, usage } from './go-flags.ts';
import { keepHeapSmall } from './memory.ts';
import { nodeFault } from './node-version.ts';
import { versionText } from './version.ts';

const PROGRAM = 'container-image-exporter';
/** As the Go program: it knows no other failure. */
const FAILURE = 1;

async function main(): Promise<void> {
  try {
    const flags = parseFlags(EXPORTER_FLAGS, process.argv.slice(2));
    const fault = nodeFault(PROGRAM, process);
    if (flags.help)
      process.stdout.write(usage(EXPORTER_FLAGS, { program: PROGRAM, synopsis: '[flags]', dash: '--' }));
    else if (flags.values.version) process.stdout.write(versionText(PROGRAM));
    else if (fault !== undefined) {
      process.stderr.write(`${fault}\n`);
      process.exitCode = FAILURE;
    } else {
      keepHeapSmall();
      // What the work needs takes longer to load than a version to print.
      const { runExporter } = await import('./exporter-command.ts');
      process.exitCode = await runExporter(flags, process);
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\nRun "${PROGRAM} -h" for the flags.\n`);
    process.exitCode = FAILURE;
  }
}

await main();

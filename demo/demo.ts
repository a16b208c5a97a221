import { parseArgs } from 'node:util';
import { paperOf } from './paint.ts';
import { show } from './show.ts';
import { CommandFailure, Stage } from './stage.ts';

const MANIFESTS = 'demo/manifests';
const USAGE = 'usage: npm run demo -- [-f FILE|DIR]...';
const SIGNAL_EXIT: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
const FAILURE = 1;
const WRONG_USAGE = 2;

function readArguments(args: readonly string[]): readonly string[] {
  const { values } = parseArgs({
    args: [...args],
    options: { f: { type: 'string', short: 'f', multiple: true } },
  });
  return values.f ?? [MANIFESTS];
}

async function main(): Promise<number> {
  let files: readonly string[];
  try {
    files = readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return WRONG_USAGE;
  }
  const stop = new AbortController();
  let received: string | undefined;
  for (const name of Object.keys(SIGNAL_EXIT)) {
    process.on(name, () => {
      received = name;
      stop.abort();
    });
  }
  try {
    await using stage = await Stage.open({
      files,
      env: process.env,
      signal: stop.signal,
      live: process.stderr.isTTY,
    });
    await show(stage, paperOf(process.stdout, process.env), (text) => process.stdout.write(text));
    return 0;
  } catch (error) {
    if (received !== undefined) return SIGNAL_EXIT[received] ?? FAILURE;
    if (!(error instanceof CommandFailure)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    return FAILURE;
  }
}

process.exitCode = await main();

import { showExporter } from './exporter/show.ts';
import { ExporterStage } from './exporter/stage.ts';
import { type Choice, readChoice, USAGE } from './choice.ts';
import { paperOf } from './paint.ts';
import { CommandFailure } from './programs.ts';
import { showReimage } from './reimage/show.ts';
import { Stage } from './reimage/stage.ts';
import { type Voice, voiceOf } from './voice.ts';

const SIGNAL_EXIT: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
const FAILURE = 1;
const WRONG_USAGE = 2;

async function showAll({ parts, files }: Choice, voice: Voice, signal: AbortSignal): Promise<void> {
  const { env } = process;
  if (parts.includes('reimage')) {
    const live = process.stderr.isTTY;
    await using stage = await Stage.open({ files, env, signal, live, now: Date.now() });
    await showReimage(stage, voice);
  }
  if (parts.length > 1) voice.rule();
  if (parts.includes('exporter')) {
    await using stage = await ExporterStage.open({ env, signal, now: Date.now() });
    await showExporter(stage, voice);
  }
}

async function main(): Promise<number> {
  let choice: Choice;
  try {
    choice = readChoice(process.argv.slice(2));
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
  const voice = voiceOf(paperOf(process.stdout, process.env), (text) => process.stdout.write(text));
  try {
    await showAll(choice, voice, stop.signal);
    return 0;
  } catch (error) {
    if (received !== undefined) return SIGNAL_EXIT[received] ?? FAILURE;
    if (!(error instanceof CommandFailure)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    return FAILURE;
  }
}

process.exitCode = await main();

import type { RunProgress, RunReport } from '../reimage/index.ts';
import type { Log } from './log.ts';

/** Standard error: plain log lines, or on a terminal live progress and words for people. */
export class Screen {
  readonly #stderr: NodeJS.WriteStream;
  readonly #live: boolean;

  constructor(
    stderr: NodeJS.WriteStream,
    progress: RunProgress,
    { live, color }: { readonly live: boolean; readonly color: boolean },
  ) {
    this.#stderr = stderr;
    this.#live = live;
    void progress;
    void color;
  }

  logLine(line: string): void {
    if (!this.#live) this.#stderr.write(line);
  }

  failure(message: string, log: Log): void {
    log.error(message);
    if (this.#live) this.#stderr.write(`error: ${message}\n`);
  }

  summary(report: RunReport, options: { readonly dryRun: boolean }): void {
    void report;
    void options;
  }

  stop(): void {}
}

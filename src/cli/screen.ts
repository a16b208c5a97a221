import type { RunProgress } from '../reimage/index.ts';
import type { Log } from './log.ts';
import { summary } from './progress.ts';
import { type Progress, startProgress } from './terminal.ts';

const DEFAULT_COLUMNS = 80;

/** Standard error: plain log lines, or on a terminal live progress and words for people. */
export class Screen {
  readonly #stderr: NodeJS.WriteStream;
  readonly #progress: RunProgress;
  readonly #color: boolean;
  readonly #live: Progress | undefined;
  readonly #started = performance.now();

  /** `live` is for terminals, where log lines would only be in the way. */
  constructor(
    stderr: NodeJS.WriteStream,
    progress: RunProgress,
    { live, color }: { readonly live: boolean; readonly color: boolean },
  ) {
    this.#stderr = stderr;
    this.#progress = progress;
    this.#color = color;
    this.#live = live
      ? startProgress({
          snapshot: () => progress,
          write: (text) => stderr.write(text),
          columns: () => stderr.columns || DEFAULT_COLUMNS,
          clock: () => performance.now(),
          every: (milliseconds, callback) => {
            const timer = setInterval(callback, milliseconds).unref();
            return () => clearInterval(timer);
          },
          color,
        })
      : undefined;
  }

  /** A line of the log; on a terminal only those that ask for attention. */
  logLine(line: string): void {
    if (!this.#live) this.#stderr.write(line);
  }

  warning(message: string): void {
    this.#live?.interleave(`${this.#paint('33', 'warning:')} ${message}`);
  }

  failure(message: string): void {
    this.#live?.interleave(`${this.#paint('31', 'error:')} ${message}`);
  }

  /** The line that stays when all has succeeded. */
  summary(): void {
    if (!this.#live) return;
    const line = summary(this.#progress, performance.now() - this.#started, { color: this.#color });
    this.#live.interleave(line);
  }

  /** Takes the live lines away. */
  stop(): void {
    this.#live?.stop();
  }

  #paint(code: string, text: string): string {
    return this.#color ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** A log whose warnings and errors people see on a terminal too. */
export function withScreen(log: Log, screen: Screen): Log {
  return {
    debug: (message, fields) => log.debug(message, fields),
    info: (message, fields) => log.info(message, fields),
    warn: (message, fields) => {
      log.warn(message, fields);
      screen.warning(message);
    },
    error: (message, fields) => {
      log.error(message, fields);
      screen.failure(message);
    },
  };
}

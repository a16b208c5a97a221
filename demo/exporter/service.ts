import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { CommandFailure } from '../programs.ts';

export interface ServiceOptions {
  /** What it is called in messages. */
  readonly name: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** How a program that was asked to stop did so. */
export interface End {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly milliseconds: number;
}

/** Between two looks at what is waited for. */
const INTERVAL = 20;
/** What takes longer than this will not come. */
const DEADLINE = 30_000;
const LAST_WORDS = 20;

/** A program that runs until it is stopped, and is gone when it is disposed of. */
export class Service implements AsyncDisposable {
  /** What it wrote on standard error, by lines. */
  readonly log: readonly string[];
  readonly #name: string;
  readonly #signal: AbortSignal;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #ended = false;
  #fault: Error | undefined;

  constructor(program: string, args: readonly string[], { name, env, signal }: ServiceOptions) {
    signal.throwIfAborted();
    const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const log: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
    this.log = log;
    this.#name = name;
    this.#signal = signal;
    this.#child = child;
    this.#closed = new Promise((resolve) => {
      // Later than `exit`: by then its last words are in the log.
      child.once('close', () => {
        this.#ended = true;
        resolve();
      });
    });
    child.once('error', (error) => {
      this.#fault = error;
    });
  }

  /** Waits until there is something, asked again and again; throws `CommandFailure` when the program ends before, or nothing comes. */
  async until<Value>(
    what: string,
    look: () => Promise<Value | undefined> | Value | undefined,
  ): Promise<Value> {
    return await this.#poll(what, () => {
      if (this.#fault) {
        throw new CommandFailure(`${this.#name} cannot start: ${this.#fault.message}`, {
          cause: this.#fault,
        });
      }
      if (this.#ended) throw this.#failure('ended by itself');
      return look();
    });
  }

  /** Asks it to stop, and waits until it has. */
  async stop(): Promise<End> {
    const started = performance.now();
    this.#child.kill('SIGTERM');
    await this.#poll('an end after SIGTERM', () => this.#ended || undefined);
    return { code: this.#child.exitCode ?? undefined, milliseconds: performance.now() - started };
  }

  /** Ends it at once: all that it writes is in a folder that goes away. */
  async [Symbol.asyncDispose](): Promise<void> {
    // One that could not start never closes.
    if (this.#child.pid === undefined) return;
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  async #poll<Value>(
    what: string,
    look: () => Promise<Value | undefined> | Value | undefined,
  ): Promise<Value> {
    const deadline = performance.now() + DEADLINE;
    for (;;) {
      this.#signal.throwIfAborted();
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw this.#failure(`ran on without ${what}`);
      await wait(INTERVAL, undefined, { signal: this.#signal });
    }
  }

  #failure(how: string): CommandFailure {
    return new CommandFailure([`${this.#name} ${how}:`, ...this.log.slice(-LAST_WORDS)].join('\n'));
  }
}

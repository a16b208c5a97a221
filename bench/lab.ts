import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type ProcessFigures, timeProcess } from './process.ts';
import type { Figures } from './row.ts';
import { type Counting, LOGIN, sumTraffic, type Traffic } from './traffic.ts';

/** The built command under measurement. */
export const COMMAND = join(import.meta.dirname, '../dist/reimage.js');

/** What a program that is timed is given. */
export interface TimedInput {
  /** A file that stands for its standard input. */
  readonly stdin?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A folder, an empty home and the number of runs: what every measurement has. */
export class Lab implements AsyncDisposable {
  /** How often our command is measured. */
  readonly runs: number;
  readonly #folder: string;
  readonly #say: (text: string) => void;

  private constructor(folder: string, runs: number, say: (text: string) => void) {
    this.#folder = folder;
    this.runs = runs;
    this.#say = say;
  }

  /** `say` is told what is going on. */
  static async open(options: { readonly runs: number; readonly say: (text: string) => void }): Promise<Lab> {
    return new Lab(await mkdtemp(join(tmpdir(), 'tallyman-bench-')), options.runs, options.say);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  async write(name: string, text: string): Promise<string> {
    await writeFile(this.path(name), text);
    return this.path(name);
  }

  /** What a program that was timed printed. */
  async output(): Promise<string> {
    return readFile(this.path('stdout'), 'utf8');
  }

  /** Whether a program is on PATH or among the project's helpers. */
  async has(program: string): Promise<boolean> {
    return new Promise((resolve) => {
      const child = spawn(program, ['--version'], { env: this.#env, stdio: 'ignore' });
      child.once('error', () => resolve(false));
      child.once('exit', () => resolve(true));
    });
  }

  say(text: string): void {
    this.#say(text);
  }

  /** From now on programs have the password of a strict registry. */
  async logIn(host: string): Promise<void> {
    const auth = Buffer.from(`${LOGIN.name}:${LOGIN.password}`).toString('base64');
    await this.write('config.json', JSON.stringify({ auths: { [host]: { auth } } }));
  }

  /** Times one process; no credentials or settings of the user take part. */
  async time(
    program: string,
    args: readonly string[],
    { stdin, variables = {} }: TimedInput = {},
  ): Promise<ProcessFigures> {
    try {
      return await timeProcess(program, args, {
        env: { ...this.#env, ...variables },
        ...(stdin === undefined ? {} : { stdin }),
        stdout: this.path('stdout'),
        stderr: this.path('stderr'),
      });
    } catch (error) {
      const words = await readFile(this.path('stderr'), 'utf8');
      throw new Error(words.trim().split('\n').slice(-3).join('\n'), { cause: error });
    }
  }

  /** Times the built command. */
  async timeUs(args: readonly string[], input: TimedInput = {}): Promise<ProcessFigures> {
    return this.time(process.execPath, [COMMAND, ...args], input);
  }

  /** Does a piece of work and counts what it asks of the servers. */
  async withTraffic<T extends Figures>(
    servers: readonly Counting[],
    work: () => Promise<T>,
  ): Promise<T & Figures & Traffic> {
    for (const server of servers) await server.reset();
    const figures = await work();
    const traffic = sumTraffic(await Promise.all(servers.map((server) => server.traffic())));
    return { ...figures, ...traffic };
  }

  /** The figures of the run that took the time in the middle. */
  async median<T extends Figures>(work: (run: number) => Promise<T>, runs = this.runs): Promise<T> {
    const all: T[] = [];
    for (let run = 0; run < runs; run++) all.push(await work(run));
    const sorted = all.toSorted((a, b) => (a.milliseconds ?? 0) - (b.milliseconds ?? 0));
    const middle = sorted[Math.floor((sorted.length - 1) / 2)];
    if (!middle) throw new Error('nothing was run');
    return middle;
  }

  get #env(): Readonly<Record<string, string>> {
    const { PATH = '', HOME = '', XDG_CACHE_HOME = join(HOME, '.cache') } = process.env;
    const helpers = join(XDG_CACHE_HOME, 'tallyman', 'bin');
    return { PATH: `${PATH}${delimiter}${helpers}`, HOME: this.#folder, DOCKER_CONFIG: this.#folder };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

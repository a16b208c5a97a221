import { spawn } from 'node:child_process';
import { buffer, text } from 'node:stream/consumers';
import { programPath } from '../programs.ts';

/** How a process ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: Buffer;
  /** Empty where it went to the terminal. */
  readonly stderr: string;
  readonly milliseconds: number;
}

export interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Lets the command draw on our terminal. */
  readonly live: boolean;
}

/** The built command, as seen from the root of the project. */
export const COMMAND = 'dist/reimage.js';

/** Runs the built `reimage` to its end. */
export async function runCommand(args: readonly string[], options: CommandOptions): Promise<Outcome> {
  return await runProgram(process.execPath, [programPath(COMMAND), ...args], options);
}

/** Runs any program to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env, signal, live }: CommandOptions,
): Promise<Outcome> {
  signal.throwIfAborted();
  const started = performance.now();
  const child = spawn(program, args, {
    env,
    signal,
    // All that it writes is in a folder that goes away: there is nothing it would have to put in order.
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', live ? 'inherit' : 'pipe'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => {
      if (!signal.aborted) reject(error);
    });
    child.once('close', (code) => resolve(code ?? -1));
  });
  const [code, stdout, stderr] = await Promise.all([
    ended,
    child.stdout ? buffer(child.stdout) : Buffer.alloc(0),
    child.stderr ? text(child.stderr) : '',
  ]);
  signal.throwIfAborted();
  return { code, stdout, stderr, milliseconds: performance.now() - started };
}

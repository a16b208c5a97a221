import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, run, type RunOptions } from '../support/processes.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/reimage.js');

/** Runs the built `reimage`; its environment is only what is given, and a PATH. */
export async function reimage(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return await run(process.execPath, [builtProgram(), ...args], {
    ...options,
    env: environment(options.env),
  });
}

/** A command that is still running. */
export interface Running {
  readonly outcome: Promise<Outcome>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the built `reimage`, whose environment is as in `reimage`. */
export function startReimage(args: readonly string[], { stdin = '', env }: RunOptions = {}): Running {
  const child = spawn(process.execPath, [builtProgram(), ...args], { env: environment(env) });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(stdin);
  return {
    outcome: once(child, 'close').then(([code]) => ({ code: Number(code ?? -1), stdout, stderr })),
    kill: (signal) => void child.kill(signal),
  };
}

/** The file to run, for tests that start the process themselves. */
export function builtProgram(): string {
  if (!existsSync(PROGRAM)) throw new Error('dist/reimage.js is not there: npm run build');
  return PROGRAM;
}

/** A home that holds nothing, so that no credentials or settings of the user who runs the tests are found. */
export function environment(env: RunOptions['env'] = {}): Record<string, string | undefined> {
  return { PATH: process.env['PATH'], HOME: '/nonexistent', ...env };
}

/** Log lines without their times. */
export function logLines(stderr: string): string[] {
  return stderr.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/^time=\S+ /, '')]));
}

/** The messages of a log's errors, unquoted, in order. */
export function errorsOf({ stderr }: Outcome): string[] {
  return logLines(stderr).flatMap((line) => {
    const text = /^level=ERROR msg=(.*)$/.exec(line)?.[1];
    if (text === undefined) return [];
    return [text.startsWith('"') ? String(JSON.parse(text)) : text];
  });
}

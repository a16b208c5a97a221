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

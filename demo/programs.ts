import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Paper } from './paint.ts';

/** A program failed; its own words are above, or in the message. */
export class CommandFailure extends Error {
  override name = 'CommandFailure';
}

/** Where a program lies that is named as seen from the root of the project. */
export function programPath(name: string): string {
  return join(import.meta.dirname, '..', name);
}

/** The path of a program on PATH, or in one of more folders; undefined where none of them has it. */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  more: readonly string[] = [],
): Promise<string | undefined> {
  for (const folder of [...(env['PATH'] ?? '').split(delimiter), ...more]) {
    const path = join(folder, name);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The command line of a program of ours as a shell would take it, an option a line. */
export function drawCommand(command: string, args: readonly string[], paper: Paper): string[] {
  return drawCommandLine(`node ${command}`, args, paper);
}

/** The command line of any program, likewise. */
export function drawCommandLine(program: string, args: readonly string[], paper: Paper): string[] {
  const words = args.map((word) => (/^[\w@%+=:,./…-]+$/.test(word) ? word : `'${word}'`));
  const options: string[] = [];
  for (const word of words) {
    const last = options.at(-1);
    const isValue = !word.startsWith('-') && last !== undefined && !last.includes('=');
    options.push(isValue ? `${options.pop()} ${word}` : word);
  }
  const lines = [program, ...options];
  return lines.map((line, index) => {
    const more = index < lines.length - 1 ? paper.paint(' \\', 'quiet') : '';
    return `${index === 0 ? paper.paint('$ ', 'quiet') : '    '}${paper.paint(line, 'accent')}${more}`;
  });
}

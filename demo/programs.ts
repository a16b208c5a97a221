import { join } from 'node:path';
import type { Paper } from './paint.ts';

/** A program failed; its own words are above, or in the message. */
export class CommandFailure extends Error {
  override name = 'CommandFailure';
}

/** Where a program lies that is named as seen from the root of the project. */
export function programPath(name: string): string {
  return join(import.meta.dirname, '..', name);
}

/** The command line as a shell would take it, an option a line. */
export function drawCommand(command: string, args: readonly string[], paper: Paper): string[] {
  const words = args.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`));
  const options: string[] = [];
  for (const word of words) {
    if (word.startsWith('-') || options.length === 0) options.push(word);
    else options.push(`${options.pop()} ${word}`);
  }
  const lines = [`node ${command}`, ...options];
  return lines.map((line, index) => {
    const more = index < lines.length - 1 ? paper.paint(' \\', 'quiet') : '';
    return `${index === 0 ? paper.paint('$ ', 'quiet') : '    '}${paper.paint(line, 'accent')}${more}`;
  });
}

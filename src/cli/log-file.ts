import { appendFileSync, closeSync, openSync } from 'node:fs';
import { invalid } from './flag-fault.ts';

const OWNER_ONLY = 0o600;

/** The environment's name for the file of the log; a flag says otherwise. */
export const LOG_VARIABLE = 'REIMAGE_LOG';

/**
 * A file that lines of a log are added to, readable by its owner only; undefined where the flag and the environment
 * name none. Throws `UsageError`: a log that cannot be kept is better known before the work than in the middle of it.
 */
export function openLogFile(
  flag: string,
  variables: Readonly<Record<string, string | undefined>>,
): ((line: string) => void) | undefined {
  const path = flag || variables[LOG_VARIABLE];
  if (path === undefined || path === '') return undefined;
  try {
    closeSync(openSync(path, 'a', OWNER_ONLY));
  } catch (error) {
    throw invalid('log-file', path, error);
  }
  return (line) => appendFileSync(path, line, { mode: OWNER_ONLY });
}

/** What a command line that cannot be parsed says of `-log-file`; empty if nothing. */
export function logFileArgument(argv: readonly string[]): string {
  const at = argv.findLastIndex((argument) => /^--?log-file(?:=|$)/.test(argument));
  const argument = argv[at];
  if (argument === undefined) return '';
  const equals = argument.indexOf('=');
  return (equals < 0 ? argv[at + 1] : argument.slice(equals + 1)) ?? '';
}

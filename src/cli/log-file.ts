import { appendFileSync, closeSync, openSync } from 'node:fs';
import { invalid } from './flag-fault.ts';

const OWNER_ONLY = 0o600;

/** The environment's name for the file of the log; a flag says otherwise. */
export const LOG_VARIABLE = 'REIMAGE_LOG';

/**
 * A file that lines of a log are added to, readable by its owner only; undefined where the flag and the environment
 * name none. Throws `UsageError`: a log that cannot be kept is better known before the work than in the middle of it.
 * Where that shows only then, `tell` hears of it once, and the work goes on.
 */
export function openLogFile(
  flag: string,
  variables: Readonly<Record<string, string | undefined>>,
  tell: (message: string) => void,
): ((line: string) => void) | undefined {
  const path = flag || variables[LOG_VARIABLE];
  if (path === undefined || path === '') return undefined;
  try {
    closeSync(openSync(path, 'a', OWNER_ONLY));
  } catch (error) {
    throw invalid('log-file', path, error);
  }
  let isLost = false;
  return (line) => {
    if (isLost) return;
    try {
      appendFileSync(path, line, { mode: OWNER_ONLY });
    } catch (error) {
      isLost = true;
      tell(`the log is no longer kept in ${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

/** What a command line that cannot be parsed says of `-log-file`; empty if nothing. */
export function logFileArgument(argv: readonly string[]): string {
  const at = argv.findLastIndex((argument) => /^--?log-file(?:=|$)/.test(argument));
  const argument = argv[at];
  if (argument === undefined) return '';
  const equals = argument.indexOf('=');
  return (equals < 0 ? argv[at + 1] : argument.slice(equals + 1)) ?? '';
}

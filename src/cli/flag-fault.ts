import { UsageError } from './go-flags.ts';

/** The one of a few words that a flag's value is. Throws `UsageError`. */
export function oneOf<const T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw new UsageError(`invalid value "${value}" for flag -${flag}: it is ${allowed.join(' or ')}`);
  return found;
}

/** What is said of a value that is refused for a reason of its own. */
export function invalid(flag: string, value: string, error: unknown): UsageError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UsageError(`invalid value "${value}" for flag -${flag}: ${reason}`, { cause: error });
}

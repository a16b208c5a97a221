/** One thing that keeps a run from succeeding, as one line of text. */
export interface Failure {
  readonly message: string;
  readonly cause: unknown;
}

/** A run that failed; every reason is in `failures`, in the order of the input. */
export class RunError extends Error {
  override name = 'RunError';
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    super(failures.map(({ message }) => message).join('\n'));
    this.failures = failures;
  }
}

/** A command line that asks for something that cannot be. */
export class OptionError extends Error {
  override name = 'OptionError';
}

export function failureOf(error: unknown, about?: string): Failure {
  const text = error instanceof Error ? describe(error) : String(error);
  return { message: about === undefined ? text : `${about}: ${text}`, cause: error };
}

/** An error in one line, with the causes that say more than it does. */
function describe(error: Error): string {
  const { cause } = error;
  const line = error.message.replace(/\s*\n\s*/g, ' ');
  if (!(cause instanceof Error) || line.includes(cause.message)) return line;
  return `${line}: ${describe(cause)}`;
}

import { formatPlace, ManifestError, type Place } from '../manifest/index.ts';
import { RegistryError } from '../registry/index.ts';

/** One thing that keeps a run from succeeding, as one line of text. */
export interface Failure {
  readonly message: string;
  readonly cause: unknown;
  /** Where in the input; undefined for what is in none of its files. */
  readonly place: Place | undefined;
  /** The image that it is about, as written. */
  readonly image?: string;
}

/** What keeps an image from being used although all about it could be found out. */
export class RejectedError extends Error {
  override name = 'RejectedError';
}

/** A run that failed; every reason is in `failures`, in the order of the input. */
export class RunError extends Error {
  override name = 'RunError';
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    super(failures.map(({ message }) => message).join('\n'));
    this.failures = failures;
  }

  /** True when nothing went wrong but that the gate rejected images. */
  get rejected(): boolean {
    return this.failures.every(({ cause }) => cause instanceof RejectedError);
  }
}

/** An error as a failure, with what it is about before its own words; a ManifestError brings its own place. */
export function failureOf(error: unknown, about?: string): Failure {
  const text = error instanceof Error ? describe(error) : String(error);
  const place = error instanceof ManifestError ? error.place : undefined;
  return { message: about === undefined ? text : `${about}: ${text}`, cause: error, place };
}

/** A failure of something that stands at one or more places of the input, the first of which is named. */
export function failureAt(places: readonly Place[], error: unknown, about?: string): Failure {
  const [first, ...others] = places;
  if (!first) return failureOf(error, about);
  const more = others.length === 0 ? '' : ` and ${others.length} more place${others.length === 1 ? '' : 's'}`;
  const where = `${formatPlace(first)}${more}`;
  return { ...failureOf(error, about === undefined ? where : `${where}: ${about}`), place: first };
}

/** Failures in the order of their places, given the names of the files in order; those without a place come last. */
export function inInputOrder(failures: readonly Failure[], files: readonly string[]): readonly Failure[] {
  const rank = ({ place }: Failure): readonly number[] => {
    if (!place) return [files.length];
    return [files.indexOf(place.file), place.document, place.line, place.column];
  };
  return failures.toSorted((left, right) => {
    const [before, after] = [rank(left), rank(right)];
    const index = before.findIndex((value, at) => value !== after[at]);
    return index < 0 ? 0 : (before[index] ?? 0) - (after[index] ?? 0);
  });
}

/** An error in one line, with the causes that say more than it does. */
function describe(error: Error): string {
  const { cause } = error;
  const line = error.message.replace(/\s*\n\s*/g, ' ');
  // What the system says of a file, and the network of a registry, was put into better words by whoever asked.
  if (!(cause instanceof Error) || error instanceof RegistryError || 'syscall' in cause) return line;
  if (line.includes(cause.message)) return line;
  return `${line}: ${describe(cause)}`;
}

/** A place in a manifest file; all numbers begin at 1. */
export interface Place {
  readonly file: string;
  /** Which YAML document, or JSON value, of the file. */
  readonly document: number;
  readonly line: number;
  /** In characters (code points). */
  readonly column: number;
}

/** Writes a place as `file:line:column (document n)`. */
export function formatPlace({ file, document, line, column }: Place): string {
  return `${file}:${line}:${column} (document ${document})`;
}

/** A manifest that cannot be read or written; the message begins with the place. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly place: Place;

  constructor(place: Place, reason: string, options?: ErrorOptions) {
    super(`${formatPlace(place)}: ${reason}`, options);
    this.place = place;
  }
}

/** A rules file that cannot be used; the message names the file, the place and the rule. */
export class RulesError extends Error {
  override readonly name = 'RulesError';
}

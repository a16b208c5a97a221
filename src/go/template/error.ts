/** Where in a template something is wrong: line from 1, column in bytes from 0 as Go counts it, if known. */
export interface TemplatePlace {
  readonly line: number;
  readonly column: number | undefined;
}

/** A template cannot be parsed or executed; the message is Go's wherever Go has one. */
export class TemplateError extends Error {
  override name = 'TemplateError';
  /** The fault alone, without the template's name and place. */
  readonly what: string;
  readonly where: TemplatePlace;

  constructor(message: string, what: string, where: TemplatePlace) {
    super(message);
    this.what = what;
    this.where = where;
  }
}

/** What an occurrence is matched by: field → text. */
export type FilteredFields = Readonly<Record<string, string>>;

/** A filter that Container Analysis would refuse. */
export class FilterError extends Error {
  override name = 'FilterError';
}

export type OccurrenceFilter = (fields: FilteredFields) => boolean;

/** The fields that Container Analysis filters occurrences by, of those that clients here have a use for. */
const FIELDS = new Set(['kind', 'resourceUrl', 'noteProjectId', 'noteId']);
const TOKEN = /\s*(?:([()])|(!=|=)|"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w.]*))/y;

interface Token {
  readonly kind: 'bracket' | 'operator' | 'text' | 'word';
  readonly text: string;
}

/** Parses a filter as of https://google.aip.dev/160: comparisons of texts, `AND`, `OR`, `NOT`, brackets. Throws `FilterError`. */
export function parseOccurrenceFilter(text: string): OccurrenceFilter {
  if (text.trim() === '') return () => true;
  const parser = new FilterParser(tokensOf(text));
  return parser.whole();
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < end) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) throw new FilterError(`syntax error at character ${at}`);
    at = TOKEN.lastIndex;
    const [, bracket, operator, quoted, word] = found;
    if (bracket !== undefined) tokens.push({ kind: 'bracket', text: bracket });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replaceAll(/\\(.)/g, '$1') });
    else tokens.push({ kind: 'word', text: word ?? '' });
  }
  return tokens;
}

class FilterParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): OccurrenceFilter {
    const filter = this.#conjunction();
    if (this.#at < this.#tokens.length) throw new FilterError(`unexpected ${this.#tokens[this.#at]?.text}`);
    return filter;
  }

  // In this grammar OR binds closer than AND.
  #conjunction(): OccurrenceFilter {
    const parts = [this.#disjunction()];
    while (this.#takes('word', 'AND')) parts.push(this.#disjunction());
    return (fields) => parts.every((part) => part(fields));
  }

  #disjunction(): OccurrenceFilter {
    const parts = [this.#term()];
    while (this.#takes('word', 'OR')) parts.push(this.#term());
    return (fields) => parts.some((part) => part(fields));
  }

  #term(): OccurrenceFilter {
    if (this.#takes('word', 'NOT')) {
      const inner = this.#term();
      return (fields) => !inner(fields);
    }
    if (!this.#takes('bracket', '(')) return this.#comparison();
    const inner = this.#conjunction();
    if (!this.#takes('bracket', ')')) throw new FilterError('a bracket is not closed');
    return inner;
  }

  #comparison(): OccurrenceFilter {
    const [field, operator, value] = this.#tokens.slice(this.#at, this.#at + 3);
    if (field?.kind !== 'word' || operator?.kind !== 'operator' || value?.kind !== 'text')
      throw new FilterError(`no comparison at ${field?.text ?? 'the end'}`);
    if (!FIELDS.has(field.text)) throw new FilterError(`unknown field ${field.text}`);
    this.#at += 3;
    const isWanted = operator.text === '=';
    return (fields) => (fields[field.text] === value.text) === isWanted;
  }

  #takes(kind: Token['kind'], text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind || token.text !== text) return false;
    this.#at += 1;
    return true;
  }
}

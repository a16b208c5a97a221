const LONGEST = 300;

/** One line of printable text, not for ever and without tokens: words of servers and plugins end up in logs. */
export function printable(words: string): string {
  const line = words
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/(https?:\/\/[^\s?"'<>]*)\?[^\s"'<>]*/gi, '$1?…')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 …')
    // JSON Web Tokens, which every kind of Kubernetes token but the static ones is.
    .replace(/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, '…')
    .trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST)}…`;
}

/** The words of anything thrown. */
export function faultWords(error: unknown): string {
  // What Node throws when none of a name's addresses answers has no words of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(faultWords).join('; ');
  return printable(error instanceof Error ? error.message : String(error));
}

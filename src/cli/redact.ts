const SECRET_NAME = /authorization|passw|passphrase|secret|token|cookie|credential|api.?key|signature/i;
const SCHEME_AND_SECRET = /\b(bearer|basic|negotiate)\s+[\w.~+/=-]{6,}/gi;
/** Up to the end of the URL, less the punctuation of the sentence it stands in. */
const URL_QUERY = /(\bhttps?:\/\/[^\s"'<>?#]*)\?[^\s"'<>]*?(?=[:,.;)]*(?:[\s"'<>]|$))/gi;
const URL_USER = /(\bhttps?:\/\/)[^\s"'<>/?#@]+@/gi;
const HIDDEN = '[redacted]';
const DEEPEST = 6;

/** A text without what must not be told: credentials and queries of URLs, and what follows `Bearer` or `Basic`. */
export function redactText(text: string): string {
  return text
    .replace(URL_USER, `$1${HIDDEN}@`)
    .replace(URL_QUERY, `$1?${HIDDEN}`)
    .replace(SCHEME_AND_SECRET, `$1 ${HIDDEN}`);
}

/** A value that can be logged: secrets gone by name and by look, errors as their chain of messages. */
export function redact(value: unknown, name = '', depth = 0): unknown {
  if (value === undefined || value === null) return value;
  if (SECRET_NAME.test(name) && typeof value !== 'number' && typeof value !== 'boolean') return HIDDEN;
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Error) return redactText(errorChain(value));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (typeof value === 'bigint') return String(value);
  // What is left of the rest is code, which says nothing in a log.
  if (typeof value !== 'object') return undefined;
  if (depth >= DEEPEST) return '…';
  if (isIterable(value)) return redactList(value, depth);
  const entries = Object.entries(value).map(([key, item]) => [key, redact(item, key, depth + 1)] as const);
  return Object.fromEntries(entries);
}

/** Maps and headers come out as the pairs they are made of; a pair's name says what its value is. */
function redactList(value: Iterable<unknown>, depth: number): unknown[] {
  return Array.from(value, (item) => {
    const pair: readonly unknown[] = Array.isArray(item) && item.length === 2 ? item : [];
    const [key, second] = pair;
    if (typeof key === 'string') return [key, redact(second, key, depth + 1)];
    return redact(item, '', depth + 1);
  });
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}

function errorChain(error: Error): string {
  const messages: string[] = [];
  let next: unknown = error;
  for (let seen = 0; next instanceof Error && seen < DEEPEST; seen++) {
    if (next.message !== '' && !messages.at(-1)?.endsWith(next.message)) messages.push(next.message);
    next = next.cause;
  }
  return messages.length > 0 ? messages.join(': ') : error.name;
}

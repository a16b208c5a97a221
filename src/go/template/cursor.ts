import { TemplateError } from './error.ts';
import type { Token } from './lexer.ts';
import { quote } from './quote.ts';
import { type ByteString, fromBytes } from './text.ts';

/** A place in a template's tokens, and the errors that can happen there. */
export class Cursor {
  /** Line of the action being read, 0 outside of one. */
  actionLine = 0;
  readonly #name: ByteString;
  readonly #tokens: readonly Token[];
  #next = 0;
  /** Lines of errors are those of the furthest token looked at. */
  #furthest = 0;

  constructor(name: ByteString, tokens: readonly Token[]) {
    this.#name = name;
    this.#tokens = tokens;
  }

  /** The next token, passed over. */
  take(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  /** The next token. */
  peek(): Token {
    this.#furthest = Math.max(this.#furthest, this.#next);
    // Past an error or the end there is nothing but that.
    return this.#tokens[this.#next] ?? { kind: 'end', text: 'EOF', at: 0, line: 1 };
  }

  /** The next token that is no space, passed over. */
  takeWord(): Token {
    this.peekWord();
    return this.take();
  }

  /** The next token that is no space. */
  peekWord(): Token {
    while (this.peek().kind === 'space') this.#next++;
    return this.peek();
  }

  /** Ends parsing; throws `TemplateError`. */
  fail(what: string): never {
    const line = this.#tokens[Math.min(this.#furthest, this.#tokens.length - 1)]?.line ?? 1;
    const fault = fromBytes(what);
    throw new TemplateError(`template: ${fromBytes(this.#name)}:${line}: ${fault}`, fault, {
      line,
      column: undefined,
    });
  }

  /** Ends parsing at a token that may not stand there, or that the lexer stopped at. */
  unexpected(token: Token, context: string): never {
    if (token.kind !== 'error') this.fail(`unexpected ${describe(token)} in ${context}`);
    const started = this.actionLine !== 0 && this.actionLine !== token.line;
    const of = token.text.endsWith(' action') ? '' : ' in action';
    this.fail(token.text + (started ? `${of} started at ${this.#name}:${this.actionLine}` : ''));
  }

  /** The next token, which must be of a kind. */
  expect(kind: Token['kind'], context: string): Token {
    const token = this.takeWord();
    if (token.kind !== kind) this.unexpected(token, context);
    return token;
  }

  /** Passes over the next token. */
  skip(): void {
    this.#next++;
  }

  /** What `look` finds ahead, without moving. */
  ahead<T>(look: () => T): T {
    const start = this.#next;
    const found = look();
    this.#next = start;
    return found;
  }
}

/** A token as Go names it in a message. */
function describe(token: Token): ByteString {
  if (token.kind === 'end') return 'EOF';
  if (token.kind === 'keyword' || token.kind === 'dot' || token.kind === 'nil') return `<${token.text}>`;
  return token.text.length > 10 ? `${quote(token.text.slice(0, 10))}...` : quote(token.text);
}

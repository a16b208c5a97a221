import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import type { Command, Operand, Pipeline } from './nodes.ts';
import { parseNumber } from './number.ts';
import { quote, unquote, unquoteCharacter } from './quote.ts';
import type { ByteString } from './text.ts';

const MAX_DEPTH = 1000;
/** Constants, which a pipeline can begin with but not continue with. */
const NOT_EXECUTABLE: ReadonlySet<string> = new Set(['dot', 'nil', 'constant', 'overflow']);

/** Why a function cannot be called, if it cannot: `not defined`. */
export type Refusal = (name: ByteString) => string | undefined;

/** Parses pipelines, and knows which variables they may use. */
export class ExpressionParser {
  /** Names in scope, the innermost last. */
  variables: ByteString[] = ['$'];
  readonly #cursor: Cursor;
  readonly #refusal: Refusal;
  #depth = 0;

  constructor(cursor: Cursor, refusal: Refusal) {
    this.#cursor = cursor;
    this.#refusal = refusal;
  }

  /** A pipeline up to the delimiter or parenthesis that ends it, which is passed over. */
  pipeline(context: string, end: 'right' | 'close'): Pipeline {
    const { at } = this.#cursor.peekWord();
    const variables: ByteString[] = [];
    let assigns = false;
    for (;;) {
      const variable = this.#cursor.peekWord();
      if (variable.kind !== 'variable') break;
      const next = this.#cursor.ahead(() => {
        this.#cursor.skip();
        return this.#cursor.peekWord();
      });
      const comma = next.kind === 'mark' && next.text === ',';
      if (next.kind !== 'assign' && next.kind !== 'declare' && !comma) break;
      this.#cursor.skip();
      this.#cursor.takeWord();
      variables.push(variable.text);
      this.variables.push(variable.text);
      assigns = next.kind === 'assign';
      if (!comma) break;
      if (context !== 'range' || variables.length > 1)
        this.#cursor.fail(`too many declarations in ${context}`);
      if (!['variable', 'right', 'close'].includes(this.#cursor.peekWord().kind))
        this.#cursor.fail('range can only initialize variables');
    }
    const commands: Command[] = [];
    for (;;) {
      const token = this.#cursor.peekWord();
      if (token.kind === end) break;
      if (!beginsOperand(token)) {
        this.#cursor.skip();
        this.#cursor.unexpected(token, context);
      }
      commands.push(this.#command());
    }
    this.#cursor.skip();
    if (commands.length === 0) this.#cursor.fail(`missing value for ${context}`);
    const stage = commands.findIndex(({ words }, index) => index > 0 && NOT_EXECUTABLE.has(words[0].kind));
    if (stage > 0) this.#cursor.fail(`non executable command in pipeline stage ${stage + 1}`);
    return { kind: 'pipeline', at, assigns, variables, commands };
  }

  #command(): Command {
    const { at } = this.#cursor.peekWord();
    const words: Operand[] = [];
    for (;;) {
      this.#cursor.peekWord();
      const operand = this.#operand();
      if (operand !== undefined) words.push(operand);
      const token = this.#cursor.peek();
      if (token.kind === 'right' || token.kind === 'close') break;
      this.#cursor.skip();
      if (token.kind === 'pipe') break;
      if (token.kind !== 'space') this.#cursor.unexpected(token, 'operand');
    }
    const [first, ...rest] = words;
    if (first === undefined) this.#cursor.fail('empty command');
    return { kind: 'command', at, words: [first, ...rest] };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#cursor.peek().kind !== 'field') return term;
    const { at } = this.#cursor.peek();
    const path: ByteString[] = [];
    while (this.#cursor.peek().kind === 'field') path.push(this.#cursor.take().text.slice(1));
    switch (term.kind) {
      case 'field':
      case 'variable':
        return { ...term, at, path: [...term.path, ...path] };
      case 'dot':
        return this.#cursor.fail(`unexpected . after term "."`);
      case 'nil':
        return this.#cursor.fail(`unexpected . after term "nil"`);
      case 'constant':
      case 'overflow':
        return this.#cursor.fail(`unexpected . after term ${quote(term.source)}`);
      default:
        return { kind: 'chain', at, of: term, path };
    }
  }

  #term(): Operand | undefined {
    const token = this.#cursor.peekWord();
    if (!beginsOperand(token)) return undefined;
    this.#cursor.skip();
    const { at, text } = token;
    switch (token.kind) {
      case 'identifier': {
        const refusal = this.#refusal(text);
        if (refusal !== undefined) this.#cursor.fail(`function ${quote(text)} ${refusal}`);
        return { kind: 'function', at, name: text };
      }
      case 'dot':
      case 'nil':
        return { kind: token.kind, at };
      case 'variable':
        if (!this.variables.includes(text)) this.#cursor.fail(`undefined variable ${quote(text)}`);
        return { kind: 'variable', at, name: text, path: [] };
      case 'field':
        return { kind: 'field', at, path: [text.slice(1)] };
      case 'bool':
        return { kind: 'constant', at, value: text === 'true', source: text };
      case 'string':
        return { kind: 'constant', at, value: this.unquoted(token), source: text };
      case 'character':
        return { kind: 'constant', at, value: this.#character(text), source: text };
      case 'number':
        return this.#number(token);
      default:
        return this.#parenthesised();
    }
  }

  #parenthesised(): Pipeline {
    if (this.#depth >= MAX_DEPTH) this.#cursor.fail('max expression depth exceeded');
    this.#depth++;
    const pipeline = this.pipeline('parenthesized pipeline', 'close');
    this.#depth--;
    return pipeline;
  }

  #number({ at, text }: Token): Operand {
    const constant = parseNumber(text);
    if (constant.kind === 'fault') this.#cursor.fail(constant.message);
    return constant.kind === 'number'
      ? { kind: 'constant', at, value: constant.value, source: text }
      : { kind: 'overflow', at, source: text };
  }

  #character(text: ByteString): bigint {
    const code = unquoteCharacter(text);
    if (code === 'many') this.#cursor.fail(`malformed character constant: ${text}`);
    return code === undefined ? this.#cursor.fail('invalid syntax') : BigInt(code);
  }

  /** What a string constant stands for. */
  unquoted(token: Token): ByteString {
    return unquote(token.text) ?? this.#cursor.fail('invalid syntax');
  }
}

function beginsOperand({ kind }: Token): boolean {
  switch (kind) {
    case 'bool':
    case 'character':
    case 'dot':
    case 'field':
    case 'identifier':
    case 'number':
    case 'nil':
    case 'string':
    case 'variable':
    case 'open':
      return true;
    default:
      return false;
  }
}

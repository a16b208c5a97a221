import { Cursor } from './cursor.ts';
import { ExpressionParser, type Refusal } from './expression.ts';
import { lex, type Token } from './lexer.ts';
import type { Branch, Statement } from './nodes.ts';
import { quote } from './quote.ts';
import type { ByteString } from './text.ts';

/** The bodies of a template's definitions by name, its own among them. */
export type Definitions = ReadonlyMap<ByteString, readonly Statement[]>;

/** Parses a template; throws `TemplateError`. */
export function parse(name: ByteString, text: ByteString, refusal: Refusal): Definitions {
  return new Parser(name, lex(text), refusal).definitions();
}

/** How a list of statements ended. */
type Ending = 'end' | 'else';

class Parser {
  readonly #name: ByteString;
  readonly #cursor: Cursor;
  readonly #expressions: ExpressionParser;
  readonly #definitions = new Map<ByteString, readonly Statement[]>();
  #rangeDepth = 0;

  constructor(name: ByteString, tokens: readonly Token[], refusal: Refusal) {
    this.#name = name;
    this.#cursor = new Cursor(name, tokens);
    this.#expressions = new ExpressionParser(this.#cursor, refusal);
  }

  definitions(): Definitions {
    const body: Statement[] = [];
    while (this.#cursor.peek().kind !== 'end') {
      if (this.#atDefine()) {
        this.#definition();
        continue;
      }
      const statement = this.#statement();
      if (typeof statement === 'string') this.#cursor.fail(`unexpected {{${statement}}}`);
      body.push(statement);
    }
    this.#define(this.#name, body);
    return this.#definitions;
  }

  #atDefine(): boolean {
    if (this.#cursor.peek().kind !== 'left') return false;
    return this.#cursor.ahead(() => {
      this.#cursor.skip();
      return isKeyword(this.#cursor.peekWord(), 'define');
    });
  }

  #definition(): void {
    const context = 'define clause';
    this.#cursor.skip();
    this.#cursor.takeWord();
    const name = this.#expressions.unquoted(this.#cursor.expect('string', context));
    this.#cursor.expect('right', context);
    this.#define(name, this.#subTemplate(context));
  }

  /** The body of a define or block, which sees no variable and no loop of what is around it. */
  #subTemplate(context: string): readonly Statement[] {
    const outer = {
      variables: this.#expressions.variables,
      rangeDepth: this.#rangeDepth,
      actionLine: this.#cursor.actionLine,
    };
    this.#expressions.variables = ['$'];
    this.#rangeDepth = 0;
    this.#cursor.actionLine = 0;
    const { body, ending } = this.#body();
    if (ending === 'else') this.#cursor.fail(`unexpected {{else}} in ${context}`);
    this.#expressions.variables = outer.variables;
    this.#rangeDepth = outer.rangeDepth;
    this.#cursor.actionLine = outer.actionLine;
    return body;
  }

  /** Of two definitions of a name an empty one gives way; two full ones are an error. */
  #define(name: ByteString, body: readonly Statement[]): void {
    const known = this.#definitions.get(name);
    if (known === undefined || isEmpty(known)) this.#definitions.set(name, body);
    else if (!isEmpty(body)) this.#cursor.fail(`template: multiple definition of template ${quote(name)}`);
  }

  #body(): { readonly body: Statement[]; readonly ending: Ending } {
    const body: Statement[] = [];
    while (this.#cursor.peekWord().kind !== 'end') {
      const statement = this.#statement();
      if (typeof statement === 'string') return { body, ending: statement };
      body.push(statement);
    }
    return this.#cursor.fail('unexpected EOF');
  }

  #statement(): Statement | Ending {
    const token = this.#cursor.takeWord();
    if (token.kind === 'text') return { kind: 'text', at: token.at, text: token.text };
    if (token.kind !== 'left') this.#cursor.unexpected(token, 'input');
    this.#cursor.actionLine = token.line;
    const action = this.#action();
    this.#cursor.actionLine = 0;
    return action;
  }

  #action(): Statement | Ending {
    const { kind, text, at } = this.#cursor.peekWord();
    if (kind !== 'keyword' || text === 'define') {
      return { kind: 'action', at, pipeline: this.#expressions.pipeline('command', 'right') };
    }
    this.#cursor.skip();
    switch (text) {
      case 'if':
      case 'with':
      case 'range':
        return this.#branch(text);
      case 'else':
        // The if or with that follows is read by the branch this else belongs to.
        if (!isKeyword(this.#cursor.peekWord(), 'if', 'with')) this.#cursor.expect('right', 'else');
        return 'else';
      case 'end':
        this.#cursor.expect('right', 'end');
        return 'end';
      case 'template':
        return this.#template();
      case 'block':
        return this.#block();
      default:
        return this.#jump(text === 'break' ? 'break' : 'continue', at);
    }
  }

  #jump(kind: 'break' | 'continue', at: number): Statement {
    const token = this.#cursor.takeWord();
    if (token.kind !== 'right') this.#cursor.unexpected(token, `{{${kind}}}`);
    if (this.#rangeDepth === 0) this.#cursor.fail(`{{${kind}}} outside {{range}}`);
    return { kind, at };
  }

  #branch(kind: Branch['kind']): Branch {
    const scope = this.#expressions.variables.length;
    const pipeline = this.#expressions.pipeline(kind, 'right');
    if (kind === 'range') this.#rangeDepth++;
    const { body, ending } = this.#body();
    if (kind === 'range') this.#rangeDepth--;
    const otherwise = ending === 'else' ? this.#otherwise(kind) : undefined;
    this.#expressions.variables.length = scope;
    return { kind, at: pipeline.at, pipeline, body, otherwise };
  }

  #otherwise(kind: Branch['kind']): readonly Statement[] {
    const token = this.#cursor.peek();
    if (kind !== 'range' && isKeyword(token, kind)) {
      this.#cursor.skip();
      return [this.#branch(kind)];
    }
    const { body, ending } = this.#body();
    if (ending === 'else') this.#cursor.fail('expected end; found {{else}}');
    return body;
  }

  #template(): Statement {
    const context = 'template clause';
    const token = this.#cursor.takeWord();
    if (token.kind !== 'string') this.#cursor.unexpected(token, context);
    const name = this.#expressions.unquoted(token);
    const bare = this.#cursor.peekWord().kind === 'right';
    const pipeline = bare ? undefined : this.#expressions.pipeline(context, 'right');
    if (bare) this.#cursor.skip();
    return { kind: 'template', at: token.at, name, quoted: quote(name), pipeline };
  }

  #block(): Statement {
    const context = 'block clause';
    const token = this.#cursor.takeWord();
    if (token.kind !== 'string') this.#cursor.unexpected(token, context);
    const name = this.#expressions.unquoted(token);
    const pipeline = this.#expressions.pipeline(context, 'right');
    this.#define(name, this.#subTemplate(context));
    return { kind: 'template', at: token.at, name, quoted: quote(name), pipeline };
  }
}

function isKeyword(token: Token, ...words: readonly string[]): boolean {
  return token.kind === 'keyword' && words.includes(token.text);
}

function isEmpty(body: readonly Statement[]): boolean {
  return body.every((statement) => statement.kind === 'text' && statement.text.trim() === '');
}

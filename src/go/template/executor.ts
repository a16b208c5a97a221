import { BUILTINS } from './builtins.ts';
import { callFault, countFault, stringFault } from './call.ts';
import { executionError } from './execution-error.ts';
import { formatValue } from './format.ts';
import {
  type Branch,
  type Command,
  describeNode,
  type Node,
  type Operand,
  type Pipeline,
  type Statement,
} from './nodes.ts';
import type { Definitions } from './parser.ts';
import { quote } from './quote.ts';
import { Scope } from './scope.ts';
import type { ByteString } from './text.ts';
import { isTrue, type Struct, typeName, type Value } from './value.ts';

/** The names a template may call. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set([...BUILTINS.keys(), 'and', 'or', 'call']);

/** Executes the definition called `name`; throws `TemplateError`. */
export function execute(
  name: ByteString,
  text: ByteString,
  definitions: Definitions,
  data: Struct,
): ByteString {
  return new Execution({ name, text, definitions }).run(name, data);
}

interface Source {
  readonly name: ByteString;
  readonly text: ByteString;
  readonly definitions: Definitions;
}

type Jump = 'break' | 'continue' | undefined;

/** `undefined` where a command has no value piped into it; nil piped in is `null`. */
type Piped = Value | undefined;

// Go allows 100 000; JavaScript's stack does not, and no honest template comes near.
const MAX_DEPTH = 500;

class Execution {
  readonly #source: Source;
  #running: ByteString = '';
  #scope = new Scope(null);
  /** What errors point at: the node looked at last, as in Go. */
  #node: Node | undefined;
  #depth = 0;
  #out = '';

  constructor(source: Source) {
    this.#source = source;
  }

  run(name: ByteString, dot: Value): ByteString {
    this.#invoke(name, dot, this.#source.definitions.get(name) ?? []);
    return this.#out;
  }

  #invoke(name: ByteString, dot: Value, body: readonly Statement[]): void {
    const outer = { running: this.#running, scope: this.#scope };
    this.#running = name;
    this.#scope = new Scope(dot);
    this.#depth++;
    this.#list(dot, body);
    this.#depth--;
    this.#running = outer.running;
    this.#scope = outer.scope;
  }

  #fail(what: string): never {
    throw executionError(what, { ...this.#source, running: this.#running, node: this.#node });
  }

  #list(dot: Value, statements: readonly Statement[]): Jump {
    for (const statement of statements) {
      const jump = this.#statement(dot, statement);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #statement(dot: Value, statement: Statement): Jump {
    this.#node = statement;
    switch (statement.kind) {
      case 'text':
        this.#out += statement.text;
        return undefined;
      case 'action': {
        const value = this.#pipeline(dot, statement.pipeline);
        if (statement.pipeline.variables.length === 0) {
          this.#out += value === null ? '<no value>' : formatValue(value);
        }
        return undefined;
      }
      case 'if':
      case 'with':
        return this.#scoped(() => this.#choose(dot, statement));
      case 'range':
        return this.#scoped(() => this.#range(dot, statement));
      case 'template':
        return this.#template(dot, statement.name, statement.pipeline);
      default:
        return statement.kind;
    }
  }

  #scoped(run: () => Jump): Jump {
    const mark = this.#scope.size;
    const jump = run();
    this.#scope.shrink(mark);
    return jump;
  }

  #choose(dot: Value, branch: Branch): Jump {
    const value = this.#pipeline(dot, branch.pipeline);
    if (!isTrue(value)) return this.#list(dot, branch.otherwise ?? []);
    return this.#list(branch.kind === 'with' ? value : dot, branch.body);
  }

  #range(dot: Value, { pipeline, body, otherwise }: Branch): Jump {
    const value = this.#pipeline(dot, pipeline);
    if (value !== null && typeof value !== 'bigint')
      this.#fail(`range can't iterate over ${formatValue(value)}`);
    if (value !== null && pipeline.variables.length > 1)
      this.#fail(`can't use ${value} to iterate over more than one variable`);
    if (value === null || value <= 0n) return this.#list(dot, otherwise ?? []);
    const [variable] = pipeline.variables;
    for (let item = 0n; item < value; item++) {
      if (variable !== undefined) this.#assign(variable, item);
      const jump = this.#scoped(() => this.#list(item, body));
      if (jump === 'break') break;
    }
    return undefined;
  }

  #template(dot: Value, name: ByteString, pipeline: Pipeline | undefined): Jump {
    const body = this.#source.definitions.get(name);
    if (body === undefined) this.#fail(`template ${quote(name)} not defined`);
    if (this.#depth > MAX_DEPTH) this.#fail(`exceeded maximum template depth (${MAX_DEPTH})`);
    this.#invoke(name, pipeline === undefined ? null : this.#pipeline(dot, pipeline), body);
    return undefined;
  }

  #pipeline(dot: Value, pipeline: Pipeline): Value {
    this.#node = pipeline;
    let value: Piped;
    for (const command of pipeline.commands) value = this.#command(dot, command, value);
    const result = value ?? null;
    for (const name of pipeline.variables) {
      if (pipeline.assigns) this.#assign(name, result);
      else this.#scope.declare(name, result);
    }
    return result;
  }

  #assign(name: ByteString, value: Value): void {
    if (!this.#scope.assign(name, value)) this.#fail(`undefined variable: ${name}`);
  }

  #command(dot: Value, command: Command, piped: Piped): Value {
    const [first, ...rest] = command.words;
    const hasArguments = rest.length > 0 || piped !== undefined;
    if (first.kind === 'function') return this.#call(dot, first.name, first, command, rest, piped);
    if (
      first.kind === 'field' ||
      first.kind === 'chain' ||
      (first.kind === 'variable' && first.path.length > 0)
    )
      return this.#operand(dot, first, hasArguments);
    if (first.kind !== 'pipeline') this.#node = first;
    if (hasArguments) this.#fail(`can't give argument to non-function ${describeNode(first)}`);
    if (first.kind === 'nil') this.#fail('nil is not a command');
    return this.#operand(dot, first, false);
  }

  #operand(dot: Value, operand: Operand, hasArguments: boolean): Value {
    this.#node = operand;
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return null;
      case 'constant':
        return operand.value;
      case 'overflow':
        return this.#fail(`${operand.source} overflows int`);
      case 'function':
        return this.#call(dot, operand.name, operand, operand, [], undefined);
      case 'field':
        return this.#fields(dot, operand.path, hasArguments);
      case 'variable': {
        const value = this.#scope.read(operand.name);
        if (value === undefined) return this.#fail(`undefined variable: ${operand.name}`);
        return this.#fields(value, operand.path, hasArguments);
      }
      case 'chain':
        return this.#fields(this.#operand(dot, operand.of, false), operand.path, hasArguments);
      default:
        return this.#pipeline(dot, operand);
    }
  }

  #fields(receiver: Value, path: readonly ByteString[], hasArguments: boolean): Value {
    let value = receiver;
    path.forEach((name, index) => {
      if (value === null) return;
      const field = typeof value === 'object' ? value.fields.get(name) : undefined;
      if (field === undefined) this.#fail(`can't evaluate field ${name} in type ${typeName(value)}`);
      if (hasArguments && index === path.length - 1)
        this.#fail(`${name} has arguments but cannot be invoked as function`);
      value = field;
    });
    return value;
  }

  #call(
    dot: Value,
    name: ByteString,
    node: Node,
    site: Node,
    words: readonly Operand[],
    piped: Piped,
  ): Value {
    this.#node = node;
    const builtin = BUILTINS.get(name);
    const fault = countFault(name, builtin, { written: words.length, piped: piped === undefined ? 0 : 1 });
    if (fault !== undefined) this.#fail(fault);
    if (name === 'and' || name === 'or') return this.#shortcut(dot, name === 'or', words, piped);
    const values = words.map((word, index) =>
      index === 0 && builtin?.takesString === true
        ? this.#stringArgument(dot, word)
        : this.#operand(dot, word, false),
    );
    if (piped !== undefined) {
      if (values.length === 0 && builtin?.takesString === true) this.#checkString(piped);
      values.push(piped);
    }
    try {
      if (builtin === undefined) throw new Error(callFault(values[0] ?? null, words[0]));
      return builtin.apply(values);
    } catch (error) {
      this.#node = site;
      return this.#fail(`error calling ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** `and` and `or` evaluate only as many of their arguments as decide them. */
  #shortcut(dot: Value, until: boolean, words: readonly Operand[], piped: Piped): Value {
    let value: Value = null;
    for (const word of words) {
      value = this.#operand(dot, word, false);
      if (isTrue(value) === until) return value;
    }
    return piped === undefined ? value : piped;
  }

  #stringArgument(dot: Value, word: Operand): Value {
    this.#node = word;
    if (word.kind === 'nil') this.#fail('cannot assign nil to string');
    if (word.kind === 'overflow' || (word.kind === 'constant' && typeof word.value !== 'string'))
      this.#fail(`expected string; found ${describeNode(word)}`);
    const value = this.#operand(dot, word, false);
    this.#checkString(value);
    return value;
  }

  #checkString(value: Value): void {
    const fault = stringFault(value);
    if (fault !== undefined) this.#fail(fault);
  }
}

import { Evaluator, type Surroundings } from './evaluator.ts';
import { formatValue } from './format.ts';
import { iterate } from './iterate.ts';
import type { Branch, Pipeline, Statement } from './nodes.ts';
import type { Definitions } from './parser.ts';
import { quote } from './quote.ts';
import { Scope } from './scope.ts';
import type { ByteString } from './text.ts';
import { integerOf, isTrue, type Slot, type Struct, type Value } from './value.ts';

/** Executes the definition called `name`; throws `TemplateError`. */
export function execute(name: ByteString, source: Omit<Source, 'name'>, data: Struct): ByteString {
  return new Execution({ name, ...source }).run(name, data);
}

interface Source extends Surroundings {
  readonly definitions: Definitions;
}

type Jump = 'break' | 'continue' | undefined;

// Go allows 100 000; JavaScript's stack does not, and no honest template comes near.
const MAX_DEPTH = 500;

class Execution {
  readonly #source: Source;
  readonly #evaluator: Evaluator;
  #depth = 0;
  #out = '';

  constructor(source: Source) {
    this.#source = source;
    this.#evaluator = new Evaluator(source);
  }

  run(name: ByteString, dot: Slot): ByteString {
    this.#invoke(name, dot, this.#source.definitions.get(name) ?? []);
    return this.#out;
  }

  #invoke(name: ByteString, dot: Slot, body: readonly Statement[]): void {
    const evaluator = this.#evaluator;
    const { running, scope } = evaluator;
    evaluator.running = name;
    evaluator.scope = new Scope(dot);
    this.#depth++;
    this.#list(dot, body);
    this.#depth--;
    evaluator.running = running;
    evaluator.scope = scope;
  }

  #list(dot: Slot, statements: readonly Statement[]): Jump {
    for (const statement of statements) {
      const jump = this.#statement(dot, statement);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #statement(dot: Slot, statement: Statement): Jump {
    this.#evaluator.node = statement;
    switch (statement.kind) {
      case 'text':
        this.#out += statement.text;
        return undefined;
      case 'action': {
        const value = this.#evaluator.pipeline(dot, statement.pipeline);
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
    const mark = this.#evaluator.scope.size;
    const jump = run();
    this.#evaluator.scope.shrink(mark);
    return jump;
  }

  #choose(dot: Slot, branch: Branch): Jump {
    const value = this.#evaluator.pipeline(dot, branch.pipeline);
    if (!isTrue(value)) return this.#list(dot, branch.otherwise ?? []);
    return this.#list(branch.kind === 'with' ? value : dot, branch.body);
  }

  #range(dot: Slot, { pipeline, body, otherwise }: Branch): Jump {
    const value = this.#evaluator.pipeline(dot, pipeline);
    if (pipeline.variables.length > 1 && integerOf(value) !== undefined)
      this.#evaluator.fail(`can't use ${formatValue(value)} to iterate over more than one variable`);
    const items = iterate(value) ?? this.#evaluator.fail(`range can't iterate over ${formatValue(value)}`);
    let empty = true;
    for (const { index, item } of items) {
      empty = false;
      this.#bind(pipeline, index, item);
      const jump = this.#scoped(() => this.#list(item, body));
      if (jump === 'break') break;
    }
    return empty ? this.#list(dot, otherwise ?? []) : undefined;
  }

  /** Of two variables the first is the index, a single one is the item. */
  #bind({ variables, assigns }: Pipeline, index: Value, item: Slot): void {
    const values = variables.length > 1 ? [index, item] : [item];
    for (const [place, name] of variables.entries()) {
      const value = values[place] ?? null;
      if (assigns) this.#evaluator.assign(name, value);
      else this.#evaluator.scope.setTop(variables.length - 1 - place, value);
    }
  }

  #template(dot: Slot, name: ByteString, pipeline: Pipeline | undefined): Jump {
    const body = this.#source.definitions.get(name);
    if (body === undefined) this.#evaluator.fail(`template ${quote(name)} not defined`);
    if (this.#depth > MAX_DEPTH) this.#evaluator.fail(`exceeded maximum template depth (${MAX_DEPTH})`);
    this.#invoke(name, pipeline === undefined ? null : this.#evaluator.pipeline(dot, pipeline), body);
    return undefined;
  }
}

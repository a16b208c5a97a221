import {
  type Argument,
  type ArgumentCount,
  callFault,
  constantArgument,
  countFault,
  parameterAt,
  valueArgument,
} from './call.ts';
import { executionError } from './execution-error.ts';
import type { Functions, ParameterType, TemplateFunction } from './function.ts';
import { type Command, describeNode, type Node, type Operand, type Pipeline } from './nodes.ts';
import { Scope } from './scope.ts';
import type { ByteString } from './text.ts';
import {
  Boxed,
  Dictionary,
  elementOf,
  Foreign,
  isTrue,
  Nil,
  type Slot,
  Struct,
  typeName,
  unbox,
  type Value,
} from './value.ts';

/** What is evaluated in: the template's name and text, for errors, and the functions it may call. */
export interface Surroundings {
  readonly name: ByteString;
  readonly text: ByteString;
  readonly functions: Functions;
}

/** The arguments of a function or method, and what errors of the call itself point at. */
interface Call {
  readonly site: Node;
  readonly words: readonly Operand[];
  readonly piped: Piped;
}

/** `undefined` where a command has no value piped into it; nil piped in is `null`. */
type Piped = Value | undefined;

/** Evaluates the pipelines of a template that is executed; throws `TemplateError`. */
export class Evaluator {
  /** The variables that can be seen. */
  scope = new Scope(null);
  /** The definition that is executed. */
  running: ByteString = '';
  /** What errors point at: the node looked at last, as in Go. */
  node: Node | undefined;
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  fail(what: string): never {
    throw executionError(what, { ...this.#surroundings, running: this.running, node: this.node });
  }

  /** The value of a pipeline, whose variables are set. */
  pipeline(dot: Slot, pipeline: Pipeline): Value {
    this.node = pipeline;
    let value: Piped;
    for (const command of pipeline.commands) value = unbox(this.#command(dot, command, value));
    const result = value ?? null;
    for (const name of pipeline.variables) {
      if (pipeline.assigns) this.assign(name, result);
      else this.scope.declare(name, result);
    }
    return result;
  }

  assign(name: ByteString, value: Slot): void {
    if (!this.scope.assign(name, value)) this.fail(`undefined variable: ${name}`);
  }

  #command(dot: Slot, command: Command, piped: Piped): Slot {
    const [first, ...words] = command.words;
    const call: Call = { site: command, words, piped };
    const hasArguments = words.length > 0 || piped !== undefined;
    if (first.kind === 'function') return this.#function(dot, first.name, first, call);
    if (
      first.kind === 'field' ||
      first.kind === 'chain' ||
      (first.kind === 'variable' && first.path.length > 0)
    )
      return this.#operand(dot, first, { ...call, site: first });
    if (first.kind !== 'pipeline') this.node = first;
    if (hasArguments) this.fail(`can't give argument to non-function ${describeNode(first)}`);
    if (first.kind === 'nil') this.fail('nil is not a command');
    return this.#operand(dot, first);
  }

  #operand(dot: Slot, operand: Operand, call: Call = { site: operand, words: [], piped: undefined }): Slot {
    this.node = operand;
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return null;
      case 'constant':
        return operand.value;
      case 'overflow':
        return this.fail(`${operand.source} overflows int`);
      case 'function':
        return this.#function(dot, operand.name, operand, call);
      case 'field':
        return this.#fields(dot, dot, operand.path, call);
      case 'variable': {
        const value = this.scope.read(operand.name);
        if (value === undefined) return this.fail(`undefined variable: ${operand.name}`);
        return this.#fields(dot, value, operand.path, call);
      }
      case 'chain':
        return this.#fields(dot, this.#operand(dot, operand.of), operand.path, call);
      default:
        return this.pipeline(dot, operand);
    }
  }

  /** The fields of a path one after the other; the arguments are those of the last. */
  #fields(dot: Slot, receiver: Slot, path: readonly ByteString[], call: Call): Slot {
    let slot = receiver;
    path.forEach((name, index) => {
      const last = index === path.length - 1;
      slot = this.#field(dot, slot, name, last ? call : { ...call, words: [], piped: undefined });
    });
    return slot;
  }

  #field(dot: Slot, slot: Slot, name: ByteString, call: Call): Slot {
    if (slot === null) return null;
    const value = unbox(slot);
    const type = slot instanceof Boxed ? 'interface {}' : typeName(value);
    const hasArguments = call.words.length > 0 || call.piped !== undefined;
    if (value === null || value instanceof Nil) this.fail(`nil pointer evaluating ${type}.${name}`);
    if (value instanceof Dictionary) {
      if (hasArguments) this.fail(`${name} is not a method but has arguments`);
      const item = value.entries.get(name);
      return item === undefined ? null : elementOf(value.type, item);
    }
    if (value instanceof Foreign) {
      const method = value.method(name);
      if (method !== undefined) return this.#call(dot, name, method, call);
    }
    const field = value instanceof Struct ? value.fields.get(name) : undefined;
    if (field === undefined) this.fail(`can't evaluate field ${name} in type ${type}`);
    if (hasArguments) this.fail(`${name} has arguments but cannot be invoked as function`);
    return field;
  }

  #function(dot: Slot, name: ByteString, node: Node, call: Call): Value {
    this.node = node;
    const callee = this.#surroundings.functions.get(name);
    if (callee !== undefined) return this.#call(dot, name, callee, call);
    const fault = countFault(name, undefined, countOf(call));
    if (fault !== undefined) this.fail(fault);
    if (name === 'and' || name === 'or') return this.#shortcut(dot, name === 'or', call);
    const [value = null] = this.#arguments(dot, undefined, call);
    this.node = call.site;
    return this.fail(`error calling ${name}: ${callFault(value, call.words[0])}`);
  }

  #call(dot: Slot, name: ByteString, callee: TemplateFunction, call: Call): Value {
    const fault = countFault(name, callee, countOf(call));
    if (fault !== undefined) this.fail(fault);
    const values = this.#arguments(dot, callee, call);
    try {
      return callee.apply(values);
    } catch (error) {
      this.node = call.site;
      return this.fail(`error calling ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #arguments(dot: Slot, callee: TemplateFunction | undefined, { words, piped }: Call): Value[] {
    const values = words.map((word, index) => this.#argument(dot, word, parameterAt(callee, index)));
    if (piped !== undefined)
      values.push(this.#checked(valueArgument(piped, parameterAt(callee, words.length))));
    return values;
  }

  #argument(dot: Slot, word: Operand, type: ParameterType): Value {
    this.node = word;
    const argument = constantArgument(word, type) ?? valueArgument(this.#operand(dot, word), type);
    return this.#checked(argument);
  }

  #checked(argument: Argument): Value {
    return 'fault' in argument ? this.fail(argument.fault) : argument.value;
  }

  /** `and` and `or` evaluate only as many of their arguments as decide them. */
  #shortcut(dot: Slot, until: boolean, { words, piped }: Call): Value {
    let value: Value = null;
    for (const word of words) {
      value = this.#argument(dot, word, 'reflect.Value');
      if (isTrue(value) === until) return value;
    }
    return piped === undefined ? value : piped;
  }
}

function countOf({ words, piped }: Call): ArgumentCount {
  return { written: words.length, piped: piped === undefined ? 0 : 1 };
}

import type { ByteString } from './text.ts';
import type { Value } from './value.ts';

interface Placed {
  /** First byte in the template. */
  readonly at: number;
}

/** What can be an argument: a constant, a name, fields of something, a pipeline in parentheses. */
export type Operand =
  | (Placed & { readonly kind: 'dot' | 'nil' })
  | (Placed & { readonly kind: 'constant'; readonly value: Value; readonly source: ByteString })
  | (Placed & { readonly kind: 'overflow'; readonly source: ByteString })
  | (Placed & { readonly kind: 'function'; readonly name: ByteString })
  | (Placed & { readonly kind: 'field'; readonly path: readonly ByteString[] })
  | (Placed & { readonly kind: 'variable'; readonly name: ByteString; readonly path: readonly ByteString[] })
  | (Placed & { readonly kind: 'chain'; readonly of: Operand; readonly path: readonly ByteString[] })
  | Pipeline;

/** A word and its arguments. */
export interface Command extends Placed {
  readonly kind: 'command';
  readonly words: readonly [Operand, ...Operand[]];
}

/** `$a, $b := command | command`. */
export interface Pipeline extends Placed {
  readonly kind: 'pipeline';
  readonly assigns: boolean;
  readonly variables: readonly ByteString[];
  readonly commands: readonly Command[];
}

/** A part of a template's body. */
export type Statement =
  | (Placed & { readonly kind: 'text'; readonly text: ByteString })
  | (Placed & { readonly kind: 'action'; readonly pipeline: Pipeline })
  | (Placed & { readonly kind: 'break' | 'continue' })
  | Branch
  | (Placed & {
      readonly kind: 'template';
      readonly name: ByteString;
      readonly quoted: ByteString;
      readonly pipeline: Pipeline | undefined;
    });

/** `if`, `with` and `range`. */
export interface Branch extends Placed {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[] | undefined;
}

/** What an error of execution can point at. */
export type Node = Operand | Command | Statement;

/** A node as Go prints it in error messages. */
export function describeNode(node: Node): ByteString {
  switch (node.kind) {
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'constant':
    case 'overflow':
      return node.source;
    case 'function':
      return node.name;
    case 'field':
      return describePath(node.path);
    case 'variable':
      return node.name + describePath(node.path);
    case 'chain':
      return describeArgument(node.of) + describePath(node.path);
    case 'command':
      return node.words.map(describeArgument).join(' ');
    case 'pipeline':
      return describePipeline(node);
    case 'template':
      return `{{template ${node.quoted}${node.pipeline === undefined ? '' : ` ${describeNode(node.pipeline)}`}}}`;
    case 'action':
      return `{{${describeNode(node.pipeline)}}}`;
    case 'text':
      return node.text;
    default:
      return `{{${node.kind}}}`;
  }
}

function describePath(path: readonly ByteString[]): ByteString {
  return path.map((field) => `.${field}`).join('');
}

function describeArgument(node: Operand): ByteString {
  return node.kind === 'pipeline' ? `(${describeNode(node)})` : describeNode(node);
}

function describePipeline(node: Pipeline): ByteString {
  const declared =
    node.variables.length === 0 ? '' : `${node.variables.join(', ')} ${node.assigns ? '=' : ':='} `;
  return declared + node.commands.map(describeNode).join(' | ');
}

import { TemplateError } from './error.ts';
import { describeNode, type Node } from './nodes.ts';
import { quote } from './quote.ts';
import { type ByteString, fromBytes } from './text.ts';

/** Where execution stands: in which template of which text, at which node. */
export interface Situation {
  readonly name: ByteString;
  readonly text: ByteString;
  /** Name of the definition that is running. */
  readonly running: ByteString;
  readonly node: Node | undefined;
}

/** The error of a template that failed while it ran, as Go words it. */
export function executionError(what: string, { name, text, running, node }: Situation): TemplateError {
  const fault = fromBytes(what);
  const before = text.slice(0, node?.at ?? 0);
  const line = before.split('\n').length;
  const column = before.length - (before.lastIndexOf('\n') + 1);
  const place = `${fromBytes(name)}:${line}:${column}`;
  const context = node === undefined ? '' : fromBytes(describeNode(node));
  const message = `template: ${place}: executing ${fromBytes(quote(running))} at <${context}>: ${fault}`;
  return new TemplateError(message, fault, { line, column });
}

import type { ManifestFile } from './pieces.ts';
import { atPlaces, listText, readListTree } from './resource-list.ts';
import type { Node, YamlTree } from './tree.ts';
import { YamlFault } from '../yaml/index.ts';

/** One thing that a function tells whoever called it. */
export interface FunctionResult {
  readonly message: string;
  readonly severity: 'error' | 'info';
  readonly resourceRef?: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  };
  readonly field?: {
    readonly path: string;
    readonly currentValue?: string;
    readonly proposedValue?: string;
  };
  readonly file?: { readonly path: string; readonly index?: number };
}

/**
 * Adds results to a ResourceList, before those that it has; every other byte stays. Throws ManifestError where the
 * list is written such that they have no place.
 */
export function addResults(file: ManifestFile, results: readonly FunctionResult[]): Uint8Array {
  if (results.length === 0) return file.bytes;
  const text = listText(file);
  return atPlaces(file.name, text, () => {
    const { tree, root } = readListTree(text);
    const { start, end, insertion } = spliceOf(tree, root, results.map(flowText));
    return Buffer.from(text.slice(0, start) + insertion + text.slice(end));
  });
}

/** The ResourceList of a function that failed: no items, so that nothing of it can be applied. */
export function failedList(apiVersion: string, results: readonly FunctionResult[]): Uint8Array {
  const lines = results.map((result) => `- ${flowText(result)}\n`);
  return Buffer.from(`apiVersion: ${apiVersion}\nkind: ResourceList\nitems: []\nresults:\n${lines.join('')}`);
}

/** A range of the text, and what stands there from now on. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly insertion: string;
}

function spliceOf(tree: YamlTree, root: Node, results: readonly string[]): Splice {
  const pairs = tree.pairs(root);
  const there = pairs.find(({ key }) => tree.text(key) === 'results');
  if (there !== undefined) return spliceAmong(tree, there, results);
  const next = pairs.find(({ key }) => tree.text(key) === 'items') ?? pairs[0];
  if (next === undefined) throw noPlace(tree, root);
  const start = tree.offset(next.key);
  if (isFlow(tree, root)) return { start, end: start, insertion: `"results": ${flowList(results)}, ` };
  const indent = indentBefore(tree, next.key);
  return { start, end: start, insertion: `results:\n${indent}${items(results, indent)}` };
}

/** Before the results that are there already. */
function spliceAmong(
  tree: YamlTree,
  { key, value }: { readonly key: Node; readonly value: Node },
  results: readonly string[],
): Splice {
  const start = tree.offset(value);
  if (tree.type(value) === 'null') {
    const colon = tree.source.indexOf(':', tree.scalar(key)?.valueEnd) + 1;
    const end = Math.max(tree.scalar(value)?.valueEnd ?? 0, colon);
    return { start: colon, end, insertion: ` ${flowList(results)}` };
  }
  if (tree.type(value) !== 'sequence' || tree.resolve(value) !== value) throw noPlace(tree, key);
  if (!isFlow(tree, value))
    return { start, end: start, insertion: items(results, indentBefore(tree, value)) };
  const separator = tree.items(value).length === 0 ? '' : ', ';
  return { start: start + 1, end: start + 1, insertion: results.join(', ') + separator };
}

function isFlow(tree: YamlTree, node: Node): boolean {
  return /[[{]/.test(tree.source.charAt(tree.offset(node)));
}

function flowList(results: readonly string[]): string {
  return `[${results.join(', ')}]`;
}

/** Items of a block sequence, up to where the next line's text begins. */
function items(results: readonly string[], indent: string): string {
  return results.map((result) => `- ${result}\n${indent}`).join('');
}

/** The white space between the beginning of the line and a node. */
function indentBefore(tree: YamlTree, node: Node): string {
  const at = tree.offset(node);
  const indent = tree.source.slice(tree.source.lastIndexOf('\n', at - 1) + 1, at).replace(/^\uFEFF/, '');
  if (indent.trim() !== '') throw noPlace(tree, node);
  return indent;
}

function noPlace(tree: YamlTree, node: Node): YamlFault {
  return new YamlFault('there is no place for results in how this list is written', tree.offset(node));
}

/** JSON, with all escaped that YAML does not allow or takes for the end of a line. */
function flowText(result: FunctionResult): string {
  return JSON.stringify(result).replace(
    /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

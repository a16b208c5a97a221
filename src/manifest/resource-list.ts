import { ManifestError, type Place } from './errors.ts';
import { Lines } from './lines.ts';
import { filePieces, type ManifestFile } from './pieces.ts';
import { readRenderedEvents } from './templates.ts';
import { type JsonValue, type Node, YamlTree } from './tree.ts';
import { YamlFault } from '../yaml/index.ts';

/** The file of a package that an item was read from, by the annotations of whoever read it. */
export interface ItemFile {
  readonly path: string;
  /** Which object of the file, from 0. */
  readonly index: number | undefined;
}

/** What is around the items of a ResourceList (https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md). */
export interface ResourceList {
  readonly apiVersion: string;
  /** Undefined where there is none. */
  readonly functionConfig: JsonValue | undefined;
  /** The file of the item that is at a place of the list. */
  fileAt(place: Pick<Place, 'line' | 'column'>): ItemFile | undefined;
}

/** The tree of the one document in a file, and its text. */
export interface ListTree {
  readonly tree: YamlTree;
  readonly root: Node;
}

const API_VERSIONS = [
  'config.kubernetes.io/v1',
  'config.kubernetes.io/v1beta1',
  'config.kubernetes.io/v1alpha1',
];
const FILE_ANNOTATIONS = ['internal.config.kubernetes.io/', 'config.kubernetes.io/'];

/** Reads what is around the items of a ResourceList; throws ManifestError for anything else. */
export function parseResourceList(file: ManifestFile): ResourceList {
  return atPlaces(file.name, listText(file), (text, lines) => {
    const { tree, root } = readListTree(text);
    const apiVersion = textOf(tree, root, ['apiVersion']) ?? '';
    if (textOf(tree, root, ['kind']) !== 'ResourceList' || !API_VERSIONS.includes(apiVersion)) {
      throw new YamlFault('this is no ResourceList of config.kubernetes.io', tree.offset(root));
    }
    const items = tree.get(root, 'items');
    const files = (items === undefined ? [] : tree.items(items)).map((item) => ({
      ...lines.at(tree.offset(item)),
      file: itemFile(tree, item),
    }));
    const config = tree.get(root, 'functionConfig');
    return {
      apiVersion,
      functionConfig: config === undefined ? undefined : (tree.value(config) ?? undefined),
      fileAt: ({ line, column }) =>
        files.findLast((item) => item.line < line || (item.line === line && item.column <= column))?.file,
    };
  });
}

/** The text of a file, which must be UTF-8. */
export function listText(file: ManifestFile): string {
  return [...filePieces(file)].map(({ text }) => text).join('');
}

/** The tree of a text that is one document; throws YamlFault. */
export function readListTree(text: string): ListTree {
  const tree = new YamlTree(text, readRenderedEvents(text));
  const [root, second] = tree.roots.filter((node) => tree.type(node) !== 'null');
  if (root === undefined) throw new YamlFault('there is nothing where a ResourceList should be', 0);
  if (second !== undefined)
    throw new YamlFault(
      'there is more than one document; a function gets one ResourceList',
      tree.offset(second),
    );
  return { tree, root };
}

/** Does something with a text, and says of a fault where it is in the file; throws ManifestError. */
export function atPlaces<T>(file: string, text: string, work: (text: string, lines: Lines) => T): T {
  const lines = new Lines(text, 1);
  try {
    return work(text, lines);
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new ManifestError({ file, document: 1, ...lines.at(error.offset) }, error.message, {
      cause: error,
    });
  }
}

function itemFile(tree: YamlTree, item: Node): ItemFile | undefined {
  for (const prefix of FILE_ANNOTATIONS) {
    const path = textOf(tree, item, ['metadata', 'annotations', `${prefix}path`]);
    const index = textOf(tree, item, ['metadata', 'annotations', `${prefix}index`]) ?? '';
    if (path !== undefined) return { path, index: /^\d{1,9}$/.test(index) ? Number(index) : undefined };
  }
  return undefined;
}

function textOf(tree: YamlTree, from: Node, names: readonly string[]): string | undefined {
  let node: Node | undefined = from;
  for (const name of names) node = node === undefined ? undefined : tree.get(node, name);
  return node === undefined ? undefined : tree.text(node);
}

import { Lines, type Node, type YamlTree } from '../manifest/index.ts';
import { digestFault, isDigest, parseReference, type Reference } from '../oci/index.ts';
import { type MappingEntry, MappingError } from './mapping.ts';

/** Reads the entries of a neighbour's lock file into one mapping; every fault is a `MappingError` with its line. */
export class LockReader {
  readonly tree: YamlTree;
  readonly mapping = new Map<string, MappingEntry>();
  readonly #source: string;
  readonly #lines: Lines;

  /** `source` names the file in errors. */
  constructor(tree: YamlTree, source: string) {
    this.tree = tree;
    this.#source = source;
    this.#lines = new Lines(tree.source, 1);
  }

  /** The list under a key of a mapping; empty where the key is missing or null. Throws `MappingError`. */
  list(node: Node, key: string): readonly Node[] {
    const list = this.tree.get(node, key);
    const type = list === undefined ? 'null' : this.tree.type(list);
    if (list === undefined || type === 'null') return [];
    if (type !== 'sequence') this.fail(list, `${key} is no list`);
    return this.tree.items(list);
  }

  /** The text under a key of a mapping; undefined where the key is missing or null. Throws `MappingError`. */
  text(node: Node, key: string, entry: string): string | undefined {
    const value = this.tree.get(node, key);
    const type = value === undefined ? 'null' : this.tree.type(value);
    if (value === undefined || type === 'null') return undefined;
    const text = type === 'string' ? this.tree.text(value) : undefined;
    return text ?? this.fail(value, `${entry}: ${key} is no text`);
  }

  /** Adds what an image is. Throws `MappingError` for names that are none, a missing digest, and a second meaning. */
  add(node: Node, image: string, pinned: string): void {
    const entry = `image "${image}"`;
    this.#reference(node, entry, image);
    const { digest } = this.#reference(node, entry, pinned);
    if (digest === undefined)
      this.fail(node, `${entry} has ${pinned}, which has no digest: a lock file says which image it is`);
    const before = this.mapping.get(image);
    if (before && before.digest !== digest)
      this.fail(node, `${entry} is here a second time, as ${digest} after ${before.digest}`);
    if (!before) this.mapping.set(image, { tag: pinned, digest });
  }

  /** Throws a `MappingError` that says where a node is. */
  fail(node: Node, reason: string, cause?: unknown): never {
    const { line, column } = this.#lines.at(this.tree.offset(node));
    throw new MappingError(`${this.#source}:${line}:${column}: ${reason}`, { cause });
  }

  #reference(node: Node, entry: string, text: string): Reference {
    // The grammar's own words for a digest say less than these.
    const digest = text.slice(text.indexOf('@') + 1);
    if (text.includes('@') && !isDigest(digest)) this.fail(node, `${entry}: ${digestFault(digest)}`);
    try {
      return parseReference(text);
    } catch (cause) {
      return this.fail(node, entry, cause);
    }
  }
}

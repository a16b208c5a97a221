import { compileGoRegexp, type GoRegexp, GoRegexpError } from '../go/index.ts';
import type { ObjectType } from '../kubernetes/workloads.ts';
import { RulesError } from './errors.ts';
import { type JsonPath, JsonPathCompiler, JsonPathFault } from './json-path.ts';
import { Lines } from './lines.ts';
import { type Node, YamlTree } from './tree.ts';
import { readEvents, YamlFault } from '../yaml/index.ts';

/** The image rules of a user, compiled. */
export interface ImageRules {
  /** Applied to Kubernetes objects of matching types, besides the built-in rules. */
  readonly typed: readonly TypedRule[];
  /** Applied to every document of a file that is read as plain YAML. */
  readonly raw: readonly JsonPath[];
}

/** The places of images in the objects of some types. */
export interface TypedRule {
  readonly paths: readonly JsonPath[];
  matches(type: ObjectType): boolean;
}

/** No rules but the built-in ones. */
export const NO_RULES: ImageRules = { typed: [], raw: [] };

/**
 * Reads a rules file: a YAML or JSON list of `{kind, apiVersion, imageJSONP: [path…]}`, where kind and apiVersion are Go
 * regular expressions that match anywhere in the text and the paths are JSONPaths of RFC 9535; the kind `Raw`, in any
 * case, makes a rule for plain YAML. An expression left out matches every type. Throws RulesError.
 */
export function parseRules(text: string, fileName: string): ImageRules {
  const lines = new Lines(text, 1);
  try {
    return new RulesReader(new YamlTree(text, readEvents(text))).read();
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    const { line, column } = lines.at(error.offset);
    throw new RulesError(`${fileName}:${line}:${column}: ${error.message}`, { cause: error });
  }
}

/** Reads the rules of one tree; throws YamlFault. */
class RulesReader {
  readonly #tree: YamlTree;
  readonly #jsonPaths = new JsonPathCompiler();

  constructor(tree: YamlTree) {
    this.#tree = tree;
  }

  read(): ImageRules {
    const tree = this.#tree;
    const [root, second] = tree.roots;
    if (second !== undefined) throw new YamlFault('a rules file holds one document', tree.offset(second));
    if (root === undefined || tree.type(root) === 'null') return NO_RULES;
    if (tree.type(root) !== 'sequence') this.#fail(root, 'a rules file holds a list of rules');
    const typed: TypedRule[] = [];
    const raw: JsonPath[] = [];
    tree.items(root).forEach((item, index) => {
      const rule = `rule ${index + 1}`;
      this.#checkKeys(item, rule);
      const paths = this.#paths(item, rule);
      const kindNode = tree.get(item, 'kind');
      if (kindNode !== undefined && tree.text(kindNode)?.toLowerCase() === 'raw') {
        raw.push(...paths);
        return;
      }
      const kind = this.#regexp(item, 'kind', rule);
      const apiVersion = this.#regexp(item, 'apiVersion', rule);
      typed.push({
        paths,
        matches: (type) => kind?.test(type.kind) !== false && apiVersion?.test(type.apiVersion) !== false,
      });
    });
    return { typed, raw };
  }

  #checkKeys(item: Node, rule: string): void {
    if (this.#tree.type(item) !== 'mapping')
      this.#fail(item, `${rule} is no mapping with kind, apiVersion and imageJSONP`);
    for (const { key } of this.#tree.pairs(item)) {
      const name = this.#tree.text(key);
      if (name === undefined || !['kind', 'apiVersion', 'imageJSONP', '<<'].includes(name)) {
        this.#fail(key, `${rule} has the key "${name}"; a rule has only kind, apiVersion and imageJSONP`);
      }
    }
  }

  #regexp(item: Node, key: 'kind' | 'apiVersion', rule: string): GoRegexp | undefined {
    const node = this.#tree.get(item, key);
    if (node === undefined) return undefined;
    const pattern = this.#string(node, `${key} of ${rule}`);
    try {
      return compileGoRegexp(pattern);
    } catch (error) {
      if (error instanceof GoRegexpError) this.#fail(node, `${key} of ${rule}: ${error.message}`, error);
      throw error;
    }
  }

  #paths(item: Node, rule: string): JsonPath[] {
    const list = this.#tree.get(item, 'imageJSONP');
    const paths = list === undefined ? [] : this.#tree.items(list);
    if (paths.length === 0) this.#fail(list ?? item, `imageJSONP of ${rule} is no list of JSONPaths`);
    return paths.map((node) => {
      const path = this.#string(node, `a JSONPath of ${rule}`);
      try {
        return this.#jsonPaths.compile(path);
      } catch (error) {
        if (error instanceof JsonPathFault)
          this.#fail(node, `JSONPath ${path} of ${rule}: ${error.message}`, error);
        throw error;
      }
    });
  }

  #string(node: Node, what: string): string {
    const text = this.#tree.type(node) === 'string' ? this.#tree.text(node) : undefined;
    return text ?? this.#fail(node, `${what} is ${this.#tree.type(node) ?? 'nothing'}, not a string`);
  }

  #fail(node: Node, reason: string, cause?: Error): never {
    throw new YamlFault(reason, this.#tree.offset(node), { cause });
  }
}

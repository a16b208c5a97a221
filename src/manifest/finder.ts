import { type FieldPath, listItemType, type ObjectType } from '../kubernetes/workloads.ts';
import { builtInImagePaths } from './built-in.ts';
import type { JsonPath, Location } from './json-path.ts';
import { formatPath } from './location.ts';
import type { ImageRules } from './rules.ts';
import type { Node, NodeType, YamlTree } from './tree.ts';
import { findLookAlikes, type LookAlike } from './unmatched.ts';

/** What an object says it is; members it lacks are empty. */
export interface ObjectName extends ObjectType {
  readonly name: string;
  readonly namespace: string;
}

/** A node in the place of an image. */
export interface Finding {
  readonly node: Node;
  /** The way to it from its object, as in `spec.containers[0].image`. */
  readonly path: string;
  readonly object: ObjectName | undefined;
}

/** What a document has in the places of images. */
export interface Findings {
  readonly images: readonly Finding[];
  /** Nodes that should be strings and are something else. */
  readonly strangers: readonly (Finding & { readonly type: NodeType })[];
  /** What looks like an image in objects in which no rule, built in or given, found anything. */
  readonly unmatched: readonly Unmatched[];
}

/** What looks like an image, and the object that it is in. */
export interface Unmatched extends LookAlike {
  readonly object: ObjectName;
}

/** Finds the places of images in one document; throws YamlFault where a key on the way is there twice. */
export function findImages(
  tree: YamlTree,
  root: Node,
  options: { readonly rules: ImageRules; readonly input: 'k8s' | 'yaml' },
): Findings {
  const finder = new Finder(tree);
  if (options.input === 'yaml')
    finder.searchPaths(root, options.rules.raw, objectName(tree, root, undefined));
  else finder.searchObject(root, options.rules, undefined);
  return finder;
}

class Finder implements Findings {
  readonly images: Finding[] = [];
  readonly strangers: (Finding & { readonly type: NodeType })[] = [];
  readonly unmatched: Unmatched[] = [];
  readonly #tree: YamlTree;
  readonly #objects = new Set<Node>();
  readonly #seen = new Set<Node>();
  /** Places that rules led to so far, placeholders and all. */
  #matches = 0;

  constructor(tree: YamlTree) {
    this.#tree = tree;
  }

  /** Searches an object and, if it is a list, its items, which are of type `inherited` where they do not say. */
  searchObject(node: Node, rules: ImageRules, inherited: ObjectType | undefined): void {
    const target = this.#tree.resolve(node);
    // By aliases one object can be in many lists.
    if (target === undefined || this.#objects.has(target)) return;
    this.#objects.add(target);
    const object = objectName(this.#tree, target, inherited);
    if (object === undefined) return;
    const location: (string | number)[] = [];
    const matchesBefore = this.#matches;
    for (const path of builtInImagePaths(object)) this.#searchFields(target, path, location, object);
    for (const rule of rules.typed) if (rule.matches(object)) this.searchPaths(target, rule.paths, object);
    const itemType = listItemType(object);
    const items = itemType === undefined ? undefined : this.#tree.get(target, 'items');
    if (items !== undefined) {
      for (const item of this.#tree.items(items)) this.searchObject(item, rules, itemType);
    } else if (this.#matches === matchesBefore) {
      for (const lookAlike of findLookAlikes(this.#tree, target, object))
        this.unmatched.push({ ...lookAlike, object });
    }
  }

  /** Adds what JSONPaths select in a node. */
  searchPaths(node: Node, paths: readonly JsonPath[], object: ObjectName | undefined): void {
    if (paths.length === 0) return;
    const value = this.#tree.value(node);
    for (const path of paths) {
      for (const location of path.locate(value)) {
        const found = this.#follow(node, location);
        if (found !== undefined) this.#add(found, location, object);
      }
    }
  }

  #searchFields(node: Node, path: FieldPath, location: (string | number)[], object: ObjectName): void {
    const key = path[location.length];
    if (key === undefined) {
      this.#add(node, location, object);
    } else if (key === '*') {
      this.#tree.items(node).forEach((item, index) => {
        location.push(index);
        this.#searchFields(item, path, location, object);
        location.pop();
      });
    } else {
      const value = this.#tree.get(node, key);
      if (value === undefined) return;
      location.push(key);
      this.#searchFields(value, path, location, object);
      location.pop();
    }
  }

  #follow(from: Node, location: Location): Node | undefined {
    let node: Node | undefined = from;
    for (const step of location) {
      if (node === undefined) return undefined;
      node = typeof step === 'number' ? this.#tree.items(node)[step] : this.#tree.get(node, step);
    }
    return node;
  }

  #add(node: Node, location: Location, object: ObjectName | undefined): void {
    this.#matches += 1;
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    const type = this.#tree.type(node);
    if (type === undefined || type === 'null') return;
    const finding = { node, path: formatPath(location), object };
    if (type === 'string') this.images.push(finding);
    else this.strangers.push({ ...finding, type });
  }
}

function objectName(tree: YamlTree, node: Node, inherited: ObjectType | undefined): ObjectName | undefined {
  if (tree.type(node) !== 'mapping') return undefined;
  const text = (parent: Node | undefined, key: string): string | undefined => {
    const value = parent === undefined ? undefined : tree.get(parent, key);
    // A name such as `1` or `n` is wrong without quotes, but says well enough which object is meant.
    return value === undefined || tree.type(value) === 'null' ? undefined : tree.text(value);
  };
  const metadata = tree.get(node, 'metadata');
  const object = {
    apiVersion: text(node, 'apiVersion') ?? inherited?.apiVersion ?? '',
    kind: text(node, 'kind') ?? inherited?.kind ?? '',
    name: text(metadata, 'name') ?? '',
    namespace: text(metadata, 'namespace') ?? '',
  };
  return object.kind === '' ? undefined : object;
}

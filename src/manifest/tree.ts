import { indexTree } from './tree-index.ts';
import { plainValue, scalarType, type ScalarType } from './scalar.ts';
import {
  EVENT_ID,
  type Event,
  getScalarValue,
  SCALAR_STYLE,
  type ScalarEvent,
  YamlFault,
} from '../yaml/index.ts';

/** A node of a tree: its place in the list of events. */
export type Node = number;

/** What JSON can say. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** What a node is, seen through its alias. */
export type NodeType = ScalarType | 'mapping' | 'sequence';

interface Built {
  readonly value: JsonValue;
  readonly size: number;
}

/** How many nodes a value may have once its aliases are written out. */
const MAX_EXPANDED = 2_000_000;

/**
 * Walks YAML events as a tree without building one: beside the events it keeps only where each node ends and what each
 * alias stands for. An alias without an anchor before it, or within what it names, stands for nothing.
 */
export class YamlTree {
  readonly source: string;
  /** The root node of each document. */
  readonly roots: readonly Node[];
  readonly #events: readonly Event[];
  readonly #after: readonly number[];
  readonly #anchored: ReadonlyMap<Node, Node>;
  readonly #aliases: ReadonlyMap<Node, readonly Node[]>;

  constructor(source: string, events: readonly Event[]) {
    this.source = source;
    this.#events = events;
    const { roots, after, anchored, aliases } = indexTree(source, events);
    this.roots = roots;
    this.#after = after;
    this.#anchored = anchored;
    this.#aliases = aliases;
  }

  /** The aliases that stand for a node, in document order. */
  aliasesOf(node: Node): readonly Node[] {
    return this.#aliases.get(node) ?? [];
  }

  /** The node itself, or the one its alias stands for; undefined for an alias that stands for nothing. */
  resolve(node: Node): Node | undefined {
    return this.#event(node).type === EVENT_ID.ALIAS ? this.#anchored.get(node) : node;
  }

  /** What a node is; undefined for an alias that stands for nothing. */
  type(node: Node): NodeType | undefined {
    const target = this.resolve(node);
    if (target === undefined) return undefined;
    const event = this.#event(target);
    if (event.type === EVENT_ID.MAPPING) return 'mapping';
    if (event.type === EVENT_ID.SEQUENCE) return 'sequence';
    return event.type === EVENT_ID.SCALAR ? scalarType(this.source, event) : undefined;
  }

  /** The text of a scalar, seen through its alias; undefined for anything else. */
  text(node: Node): string | undefined {
    const event = this.scalar(node);
    return event === undefined ? undefined : getScalarValue(this.source, event);
  }

  /** The event of a scalar, seen through its alias. */
  scalar(node: Node): ScalarEvent | undefined {
    const target = this.resolve(node);
    const event = target === undefined ? undefined : this.#event(target);
    return event?.type === EVENT_ID.SCALAR ? event : undefined;
  }

  /** Whether `inner` is `outer` or lies within it, aliases aside. */
  contains(outer: Node, inner: Node): boolean {
    return inner >= outer && inner < this.#afterOf(outer);
  }

  /** The offset where a node's own text begins, its opening quote or bracket included, its anchor and tag not. */
  offset(node: Node): number {
    const event = this.#event(node);
    if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
    if (event.type === EVENT_ID.SCALAR) {
      if (event.valueStart < 0) return Math.max(event.anchorStart - 1, event.tagStart, 0);
      const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
      return quoted ? event.valueStart - 1 : event.valueStart;
    }
    return event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE ? event.start : 0;
  }

  /** The range of an alias, its `*` included; undefined for any other node. */
  aliasRange(node: Node): { readonly start: number; readonly end: number } | undefined {
    const event = this.#event(node);
    return event.type === EVENT_ID.ALIAS ? { start: event.anchorStart - 1, end: event.anchorEnd } : undefined;
  }

  /** The items of a sequence; none for anything else. */
  items(node: Node): Node[] {
    return this.type(node) === 'sequence' ? this.#children(node) : [];
  }

  /**
   * The value a mapping has for a key, by itself or through its merge keys; undefined where it has none or is no
   * mapping. Throws YamlFault if the mapping has the key twice, since parsers differ in which one they take.
   */
  get(node: Node, key: string): Node | undefined {
    return this.#get(node, key, undefined);
  }

  /** `merged` are the mappings that have been searched: by aliases one can be merged without end. */
  #get(node: Node, key: string, merged: Set<Node> | undefined): Node | undefined {
    const target = this.resolve(node);
    if (target === undefined || this.#event(target).type !== EVENT_ID.MAPPING) return undefined;
    if (merged?.has(target) === true) return undefined;
    merged?.add(target);
    let found: Node | undefined;
    let merges: Node[] | undefined;
    for (let at = target + 1; this.#event(at).type !== EVENT_ID.POP; ) {
      const value = this.#afterOf(at);
      if (this.#isText(at, key)) {
        if (found !== undefined)
          throw new YamlFault(`the key "${key}" is here a second time`, this.offset(at));
        found = value;
      } else if (this.#isMerge(at)) {
        merges = [...(merges ?? []), ...this.#mergeSources(value)];
      }
      at = this.#afterOf(value);
    }
    if (found !== undefined || merges === undefined) return found;
    const searched = merged ?? new Set([target]);
    for (const source of merges) {
      const value = this.#get(source, key, searched);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The pairs of a mapping as they are written, merge keys unresolved. */
  pairs(node: Node): { readonly key: Node; readonly value: Node }[] {
    const children = this.type(node) === 'mapping' ? this.#children(node) : [];
    const pairs: { key: Node; value: Node }[] = [];
    children.forEach((key, index) => {
      const value = children[index + 1];
      if (index % 2 === 0 && value !== undefined) pairs.push({ key, value });
    });
    return pairs;
  }

  /** The values of a mapping by key, merge keys resolved, the later of equal keys taken; none for anything else. */
  members(node: Node): ReadonlyMap<string, Node> {
    const members = new Map<string, Node>();
    this.#collect(node, members, new Set());
    return members;
  }

  /**
   * Builds the JavaScript value of a node, merge keys resolved, the later of equal keys taken, keys that are no scalars
   * left out; throws YamlFault where aliases make it enormous.
   */
  value(node: Node): JsonValue {
    const built = new Map<Node, Built>();
    const build = (at: Node): Built => {
      const target = this.resolve(at);
      if (target === undefined) return { value: null, size: 1 };
      const known = built.get(target);
      if (known !== undefined) return known;
      let size = 1;
      const child = (inner: Node): JsonValue => {
        const result = build(inner);
        size += result.size;
        if (size > MAX_EXPANDED)
          throw new YamlFault('its aliases stand for too many values', this.offset(target));
        return result.value;
      };
      const value = this.#build(target, child);
      const result = { value, size };
      built.set(target, result);
      return result;
    };
    return build(node).value;
  }

  #build(node: Node, child: (inner: Node) => JsonValue): JsonValue {
    const event = this.#event(node);
    if (event.type === EVENT_ID.SEQUENCE) return this.#children(node).map(child);
    if (event.type === EVENT_ID.MAPPING) {
      // fromEntries defines its keys, so "__proto__" is one like any other.
      return Object.fromEntries([...this.members(node)].map(([key, value]) => [key, child(value)]));
    }
    if (event.type !== EVENT_ID.SCALAR) return null;
    const text = getScalarValue(this.source, event);
    return scalarType(this.source, event) === 'string' ? text : plainValue(text);
  }

  /** Adds what a mapping has for keys that are not there yet; a mapping that was `merged` before has none. */
  #collect(node: Node, members: Map<string, Node>, merged: Set<Node>): void {
    const target = this.resolve(node);
    if (target === undefined || merged.has(target)) return;
    merged.add(target);
    const own = new Map<string, Node>();
    const merges: Node[] = [];
    for (const { key, value } of this.pairs(target)) {
      const text = this.text(key);
      if (this.#isMerge(key)) merges.push(...this.#mergeSources(value));
      else if (text !== undefined) own.set(text, value);
    }
    for (const [key, value] of own) if (!members.has(key)) members.set(key, value);
    for (const source of merges) this.#collect(source, members, merged);
  }

  #mergeSources(value: Node): Node[] {
    const type = this.type(value);
    if (type === 'mapping') return [value];
    return this.items(value).filter((item) => this.type(item) === 'mapping');
  }

  #isMerge(key: Node): boolean {
    const event = this.#event(key);
    return event.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN && this.#isText(key, '<<');
  }

  #isText(node: Node, text: string): boolean {
    const event = this.#event(node);
    if (event.type === EVENT_ID.SCALAR && event.fast) {
      return (
        event.valueEnd - event.valueStart === text.length && this.source.startsWith(text, event.valueStart)
      );
    }
    return this.text(node) === text;
  }

  #children(node: Node): Node[] {
    const target = this.resolve(node);
    const children: Node[] = [];
    if (target === undefined) return children;
    for (let at = target + 1; this.#event(at).type !== EVENT_ID.POP; at = this.#afterOf(at))
      children.push(at);
    return children;
  }

  #event(index: number): Event {
    return eventAt(this.#events, index);
  }

  #afterOf(node: Node): number {
    return this.#after[node] ?? node + 1;
  }
}

function eventAt(events: readonly Event[], index: number): Event {
  const event = events[index];
  if (event === undefined) throw new RangeError(`no YAML event ${index}`);
  return event;
}

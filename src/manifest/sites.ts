import type { Finding } from './finder.ts';
import { imageText } from './image-text.ts';
import { type Slot, slotOf } from './rewrite.ts';
import type { Node, YamlTree } from './tree.ts';

/** One image of a document and what to write to replace it. */
export interface SitePlan {
  readonly finding: Finding;
  readonly image: string;
  /** The node whose place is shown: the anchored scalar, if the image is shared. */
  readonly node: Node;
  readonly slot: Slot;
  /** Aliases of the image in places of something else, which get the old text when the image changes. */
  readonly kept: readonly Slot[];
}

/**
 * Turns what was found in the places of images into what can be replaced, each shared scalar once and at its anchor.
 *
 * An anchor says nothing about what shares it: `name: &n nginx` with `image: *n` is one text for two purposes. So that
 * only images change, an image whose anchor stands where something else is meant (and not in a part that is there for
 * definitions) is written over its alias, and aliases of an image elsewhere keep the old text. What stands for nothing
 * yet (empty, blank, `auto`) is left out.
 */
export function planSites(tree: YamlTree, root: Node, findings: readonly Finding[]): SitePlan[] {
  const places = new Map<Node, Finding>();
  for (const finding of findings) places.set(finding.node, finding);
  const plans = new Map<Node, SitePlan>();
  for (const finding of findings) {
    const anchor = tree.resolve(finding.node) ?? finding.node;
    const shared =
      places.has(anchor) ||
      anchor === finding.node ||
      isDefinition(tree, root, { anchor, place: finding.node });
    const node = shared ? anchor : finding.node;
    const text = tree.text(anchor);
    const image = text === undefined ? undefined : imageText(text);
    const slot = slotOf(tree, node);
    if (plans.has(node) || image === undefined || slot === undefined) continue;
    const kept: Slot[] = [];
    if (shared) {
      for (const alias of tree.aliasesOf(anchor)) {
        const keptSlot = places.has(alias) ? undefined : slotOf(tree, alias);
        if (keptSlot !== undefined) kept.push(keptSlot);
      }
    }
    plans.set(node, { finding: places.get(node) ?? finding, image, node, slot, kept });
  }
  return [...plans.values()].toSorted((left, right) => left.slot.start - right.slot.start);
}

/** The members of objects that Kubernetes reads; in what stands beside them nothing can be meant but a definition. */
const OBJECT_MEMBERS = [
  'apiVersion',
  'kind',
  'metadata',
  'spec',
  'status',
  'template',
  'items',
  'data',
  'stringData',
  'binaryData',
];

/** Whether an anchor is in a part of the document that is only there for places like this one to refer to. */
function isDefinition(
  tree: YamlTree,
  root: Node,
  { anchor, place }: { readonly anchor: Node; readonly place: Node },
): boolean {
  const member = tree.pairs(root).find(({ value }) => tree.contains(value, anchor));
  if (member === undefined) return false;
  const key = tree.text(member.key) ?? '';
  // The custom of Compose files and of CI pipelines.
  if (/^(?:x-|\.)/.test(key)) return true;
  const isObject = tree.get(root, 'apiVersion') !== undefined;
  return isObject && !OBJECT_MEMBERS.includes(key) && !tree.contains(member.value, place);
}

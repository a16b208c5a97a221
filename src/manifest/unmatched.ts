import type { ObjectType } from '../kubernetes/workloads.ts';
import type { Location } from './json-path.ts';
import { imageText } from './image-text.ts';
import type { Node, YamlTree } from './tree.ts';

/** What looks like an image. */
export interface LookAlike {
  readonly node: Node;
  readonly location: Location;
  readonly image: string;
  /** The image is put together from a repository and a tag or registry beside it, so no text has all of it. */
  readonly inParts: boolean;
}

/** Kinds in which an `image` is data, the text of a schema, or somebody else's: by API group, `''` for the core's. */
const NO_IMAGES: Readonly<Record<string, readonly string[]>> = {
  '': ['ConfigMap', 'Secret'],
  'apiextensions.k8s.io': ['CustomResourceDefinition'],
  'config.kubernetes.io': ['ResourceList'],
  'imagepolicy.k8s.io': ['ImageReview'],
};

/** Members, at any depth, in which `image` is a name that somebody chose, or one of a schema. */
const NO_IMAGE_MEMBERS = ['metadata', 'labels', 'annotations', 'matchLabels', 'openAPIV3Schema'];

/**
 * Looks for what may be an image in an object of which no rule knows more: a text under the key `image`, `reference`
 * under it as in image volumes, and `repository` with a tag, a digest or a registry under it. Throws nothing: an object
 * that no rule names may be as odd as it likes.
 */
export function findLookAlikes(tree: YamlTree, object: Node, { apiVersion, kind }: ObjectType): LookAlike[] {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (Object.hasOwn(NO_IMAGES, group) && NO_IMAGES[group]?.includes(kind) === true) return [];
  const search = new Search(tree);
  for (const [key, value] of tree.members(object)) if (key !== 'status') search.member(key, value);
  return search.found;
}

class Search {
  readonly found: LookAlike[] = [];
  readonly #tree: YamlTree;
  readonly #location: (string | number)[] = [];
  /** By aliases one collection can be in many places. */
  readonly #seen = new Set<Node>();

  constructor(tree: YamlTree) {
    this.#tree = tree;
  }

  member(key: string, value: Node): void {
    if (NO_IMAGE_MEMBERS.includes(key)) return;
    // The image of a Ceph volume is a disk.
    const image = key === 'image' && this.#location.at(-1) !== 'rbd';
    this.#location.push(key);
    if (!image || !this.#take(value)) this.#searchIn(value);
    this.#location.pop();
  }

  #searchIn(node: Node): void {
    const type = this.#tree.type(node);
    if (type !== 'mapping' && type !== 'sequence') return;
    const target = this.#tree.resolve(node) ?? node;
    if (this.#seen.has(target)) return;
    this.#seen.add(target);
    if (type === 'mapping') {
      for (const [key, value] of this.#tree.members(target)) this.member(key, value);
      return;
    }
    this.#tree.items(target).forEach((item, index) => {
      this.#location.push(index);
      this.#searchIn(item);
      this.#location.pop();
    });
  }

  /** Whether the value of a key `image` is an image, or stands for one to come. */
  #take(node: Node): boolean {
    const type = this.#tree.type(node);
    if (type === 'string') {
      this.#add(node, this.#tree.text(node), false);
      return true;
    }
    if (type !== 'mapping') return false;
    const members = this.#tree.members(node);
    const text = (key: string): string => {
      const value = members.get(key);
      return (value === undefined || this.#tree.type(value) === 'null' ? '' : this.#tree.text(value)) ?? '';
    };
    const reference = members.get('reference');
    if (reference !== undefined && this.#tree.type(reference) === 'string') {
      this.#location.push('reference');
      this.#add(reference, text('reference'), false);
      this.#location.pop();
      return true;
    }
    const [registry, repository, tag, digest] = ['registry', 'repository', 'tag', 'digest'].map(text);
    if (!repository || !(registry || tag || digest)) return false;
    const name = registry ? `${registry}/${repository}` : repository;
    this.#add(node, `${name}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`, true);
    return true;
  }

  #add(node: Node, text: string | undefined, inParts: boolean): void {
    const image = text === undefined ? undefined : imageText(text);
    if (image !== undefined) this.found.push({ node, location: [...this.#location], image, inParts });
  }
}

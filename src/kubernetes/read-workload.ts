import { Interner } from './interner.ts';
import { type ImageList, JsonPaths } from './jsonpath.ts';
import { fieldOf, nameOf, type ObjectReader } from './api-object.ts';
import type { Resource } from './resources.ts';
import type { ContainerImage, Puller, Workload } from './workload.ts';

/** What workloads have in common, kept once for the readers of all kinds. */
export interface WorkloadInterner {
  readonly pullers: Interner<Puller>;
  readonly images: Interner<ContainerImage>;
  readonly imageLists: Interner<readonly ContainerImage[]>;
}

export interface WorkloadReaderOptions {
  /** Whether images that are mounted as volumes count. */
  readonly imageVolumes: boolean;
  readonly intern: WorkloadInterner;
}

/** Reads one object as the server sent it; undefined for one that does not count. */
export type WorkloadReader = ObjectReader<Workload>;

/** Of names of secrets, which nobody checks where they stand in a pod: those above are none of an object. */
const LONGEST_NAME = 253;
/** Secrets that are remembered of an object: the author of one could else have thousands read at each look-up. */
const MOST_SECRETS = 32;

export function createWorkloadInterner(): WorkloadInterner {
  return { pullers: new Interner(), images: new Interner(), imageLists: new Interner() };
}

/**
 * Makes the reader of a kind. Objects with equal pullers or equal images share them, so that a change of an object that
 * concerns neither is seen by comparing two pairs of references.
 *
 * Nothing of the object is held but texts, and none of them holds the JSON it came from: V8's JSON.parse copies.
 */
export function createWorkloadReader(
  resource: Resource,
  { imageVolumes, intern }: WorkloadReaderOptions,
): WorkloadReader {
  const paths = new JsonPaths(resource.podSpec);
  const isPod = resource.kind === 'Pod';
  // Templates may not hold ephemeral containers, whatever a lenient server lets through.
  const lists: readonly ImageList[] = [
    'initContainers',
    'containers',
    ...(isPod ? (['ephemeralContainers'] as const) : []),
    ...(imageVolumes ? (['volumes'] as const) : []),
  ];

  function readImages(podSpec: unknown): readonly ContainerImage[] {
    const found: ContainerImage[] = [];
    for (const list of lists) {
      // Places are those in the object: items without an image count too.
      for (const [index, item] of itemsOf(podSpec, list).entries()) {
        const image = list === 'volumes' ? fieldOf(item, 'image', 'reference') : containerImage(item);
        if (typeof image !== 'string' || image === '') continue;
        const jsonpath = paths.at(list, index);
        // A path has no newline, so that the first one divides, whatever the text after it.
        found.push(intern.images.intern(`${jsonpath}\n${image}`, () => Object.freeze({ jsonpath, image })));
      }
    }
    return intern.imageLists.intern(JSON.stringify(found), () => Object.freeze(found));
  }

  function readPuller(namespace: string, podSpec: unknown): Puller {
    const secrets = itemsOf(podSpec, 'imagePullSecrets')
      .map((secret) => fieldOf(secret, 'name'))
      .filter((name) => typeof name === 'string')
      .filter((name) => name !== '' && name.length <= LONGEST_NAME)
      .slice(0, MOST_SECRETS);
    const serviceAccount = isPod || secrets.length > 0 ? undefined : serviceAccountOf(podSpec);
    return intern.pullers.intern(JSON.stringify([namespace, serviceAccount, ...secrets]), () =>
      Object.freeze({ namespace, secrets: Object.freeze(secrets), serviceAccount }),
    );
  }

  return (object) => {
    const named = nameOf(object);
    if (!named || (resource.unownedOnly && isOwned(object))) return undefined;
    const podSpec = fieldOf(object, ...resource.podSpec);
    const puller = readPuller(named.namespace, podSpec);
    const images = readImages(podSpec);
    return { key: named.key, item: { namespace: puller.namespace, name: named.name, puller, images } };
  };
}

function itemsOf(object: unknown, name: string): readonly unknown[] {
  const items = fieldOf(object, name);
  return Array.isArray(items) ? items : [];
}

function containerImage(container: unknown): unknown {
  return typeof fieldOf(container, 'name') === 'string' ? fieldOf(container, 'image') : undefined;
}

function serviceAccountOf(podSpec: unknown): string {
  const name = fieldOf(podSpec, 'serviceAccountName');
  return typeof name === 'string' && name !== '' ? name : 'default';
}

function isOwned(object: unknown): boolean {
  return itemsOf(fieldOf(object, 'metadata'), 'ownerReferences').some(
    (owner) => fieldOf(owner, 'controller') === true,
  );
}

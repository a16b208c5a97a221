import { formatRule, type UnmatchedImage } from '../manifest/index.ts';
import { type Failure, failureAt } from './failure.ts';

/** How many paths of a kind a warning names. */
const SHOWN_PATHS = 3;

/** A failure for each path in each kind that looks as if it led to images and that no rule has, with the rule for it. */
export function unmatchedFailures(images: readonly UnmatchedImage[]): readonly Failure[] {
  return groupBy(images, ({ object, jsonPath, inParts }) => [...type(object), jsonPath, inParts]).map(
    (places) => {
      const { image, path, jsonPath, inParts, object } = places[0];
      const name = object.namespace === '' ? object.name : `${object.namespace}/${object.name}`;
      const what = `${path} of ${object.kind} ${name === '' ? 'without a name' : name}`;
      const reason = inParts
        ? `looks like the image ${image} in parts, which no rule can name; -ignore passes it over`
        : `looks like the image ${image}, and no rule finds it; -ignore passes it over, and this line in the file of -rules-config finds it: ${formatRule(object, jsonPath)}`;
      return failureAt(places, new Error(`${what} ${reason}`));
    },
  );
}

/** A warning for each kind whose objects have what looks like an image and is found by no rule. */
export function unmatchedWarnings(images: readonly UnmatchedImage[]): readonly string[] {
  return groupBy(images, ({ object }) => type(object)).map((places) => {
    const { kind, apiVersion } = places[0].object;
    const objects = new Set(places.map(({ object }) => object)).size;
    const paths = [...new Set(places.map(({ jsonPath }) => jsonPath.replace(/^\$\.?/, '')))];
    const more = paths.length > SHOWN_PATHS ? ', …' : '';
    const way = places.every(({ inParts }) => inParts)
      ? 'they are in parts, which no rule can name'
      : '-rules-config can name them';
    return `${objects} object${objects === 1 ? '' : 's'} of kind ${kind} (${apiVersion}) may have images that no rule finds: ${paths.slice(0, SHOWN_PATHS).join(', ')}${more}; ${way}, -fail-on-unmatched makes this a failure`;
  });
}

function type({ kind, apiVersion }: UnmatchedImage['object']): readonly string[] {
  return [kind, apiVersion];
}

type Group<T> = [T, ...T[]];

function groupBy<T>(items: readonly T[], keyOf: (item: T) => readonly unknown[]): Group<T>[] {
  const groups = new Map<string, Group<T>>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

import {
  type Digest,
  formatReference,
  type Reference,
  type Repository,
  sameRepository,
} from '../oci/index.ts';
import { type Draft, Drafter, outOfDate } from './draft.ts';
import { type Failure, failureAt } from './failure.ts';
import type { FoundImage } from './find.ts';
import type { MappingEntry, MappingIndex } from './mapping.ts';
import type { RunContext, RunOptions } from './options.ts';
import { sideBySide } from './pool.ts';
import { pinnedText, type Target } from './rename.ts';

/** What will happen to an image: nothing but a check, nothing since the target has it, or a copy. */
export type Action = 'check' | 'present' | 'copy';

/** An image, and all that was decided about it. */
export interface PlannedImage {
  readonly image: FoundImage;
  /** Where it is read from. */
  readonly source: Reference;
  /** What the image is from here on, whatever its tags do. */
  readonly digest: Digest;
  /** Undefined when the image keeps its name. */
  readonly target: Target | undefined;
  /** Where it is to run from. */
  readonly place: Repository;
  readonly action: Action;
  /** The text for the manifests. */
  readonly printed: string;
  readonly mapping: MappingEntry;
}

/** What is to be done, and why not all of it can be. */
export interface Plan {
  readonly images: readonly PlannedImage[];
  readonly failures: readonly Failure[];
}

/** Says where an image stands in the input, and what went wrong with it. */
export function imageFailure(image: FoundImage, error: unknown): Failure {
  return { ...failureAt(image.sites, error, `image "${image.text}"`), image: image.text };
}

/** Finds out what each image is and what must be done with it; changes nothing anywhere. */
export async function makePlan(
  found: readonly FoundImage[],
  mapping: MappingIndex | undefined,
  options: RunOptions,
  context: RunContext,
): Promise<Plan> {
  const { signal, progress } = context;
  const failures: Failure[] = [];
  const each = async <T, R>(
    items: readonly T[],
    imageOf: (item: T) => FoundImage,
    work: (item: T) => Promise<R>,
  ): Promise<R[]> => {
    const results = await sideBySide(items, options.jobs, work);
    signal.throwIfAborted();
    return results.flatMap((result, index) => {
      if (result.status === 'fulfilled') return [result.value];
      const item = items[index];
      if (item !== undefined) failures.push(imageFailure(imageOf(item), result.reason));
      return [];
    });
  };
  const drafter = new Drafter(mapping, options, context);
  const drafts = await each(
    found,
    (image) => image,
    async (image) => {
      const draft = await drafter.draft(image);
      progress.resolved++;
      return draft;
    },
  );
  failures.push(...collisions(drafts, formatReference));
  const mapped = mapping !== undefined && !(mapping.isLock && options.rename);
  const targets = new Map<string, Promise<Action>>();
  const images = await each(
    drafts,
    ({ image }) => image,
    async (draft) => {
      const { image, source, digest, target } = draft;
      let action: Action = 'check';
      if (target) {
        const name = formatReference(target.reference);
        const checking = targets.get(name) ?? checkTarget(draft, target, mapped, options, context);
        targets.set(name, checking);
        action = await checking;
      }
      const tag = target?.text ?? image.text;
      return {
        image,
        source,
        digest,
        target,
        place: (target?.reference ?? source).repository,
        action,
        printed: printedText(draft, options),
        mapping: { tag, digest },
      };
    },
  );
  // Where a name has a digest too, only a copy has to do with its tag.
  const tagged = images.filter(
    ({ action, target }) => action === 'copy' && target?.reference.tag !== undefined,
  );
  const told = new Set(failures.map(({ image }) => image));
  const moved = collisions(tagged, (reference) => formatReference({ ...reference, digest: undefined }));
  failures.push(...moved.filter(({ image }) => !told.has(image)));
  return { images, failures };
}

/** Two digests cannot be told apart by one name: whichever were copied last would win. */
function collisions(
  drafts: readonly Pick<Draft, 'image' | 'digest' | 'target'>[],
  nameOf: (reference: Reference) => string,
): Failure[] {
  const owners = new Map<string, Pick<Draft, 'image' | 'digest'>>();
  const failures: Failure[] = [];
  for (const draft of drafts) {
    if (!draft.target) continue;
    const name = nameOf(draft.target.reference);
    const owner = owners.get(name);
    if (!owner) owners.set(name, draft);
    else if (owner.digest !== draft.digest) {
      const reason = `its target ${draft.target.text} is also that of "${owner.image.text}", which is ${owner.digest} and not ${draft.digest}`;
      failures.push(imageFailure(draft.image, new Error(reason)));
    }
  }
  return failures;
}

async function checkTarget(
  { source, digest }: Draft,
  target: Target,
  mapped: boolean,
  { copy, clobber, verifyStaticMapping, dryRun, plan }: RunOptions,
  { client, signal }: RunContext,
): Promise<Action> {
  if (mapped && !verifyStaticMapping && !copy) return 'present';
  const { registry, path } = source.repository;
  const sameHost = registry === target.reference.repository.registry;
  const push = copy && !dryRun && !plan;
  const from =
    push && sameHost && !sameRepository(source.repository, target.reference.repository) ? path : undefined;
  const there = await client.lookUpTarget(target.reference, { push, from }, signal);
  if (there?.digest === digest) return 'present';
  if (!there) {
    if (!copy) {
      throw new Error(
        `the target ${target.text} does not exist or cannot be read, and -no-copy forbids to make it`,
      );
    }
    const { tag, digest: pinned } = target.reference;
    if (clobber || tag === undefined || pinned === undefined) return 'copy';
    // A copy brings the tag as well, which may be something else's so far.
    const held = await client.lookUpTarget(
      { ...target.reference, digest: undefined },
      { push, from },
      signal,
    );
    if (!held || held.digest === digest) return 'copy';
    throw occupied(target, digest, held.digest, copy);
  }
  if (mapped && verifyStaticMapping) throw outOfDate(target.text, digest, there.digest);
  if (copy && clobber) return 'copy';
  throw occupied(target, digest, there.digest, copy);
}

function occupied({ text }: Target, digest: Digest, held: Digest, copy: boolean): Error {
  const way = copy ? '; -clobber would overwrite it' : '';
  return new Error(`the target ${text} exists with another digest: ${held}, not ${digest}${way}`);
}

function printedText({ image, source, digest, target }: Draft, { forceDigest, keepTag }: RunOptions): string {
  if (!forceDigest) return target?.text ?? image.text;
  const { repository, tag } = target?.reference ?? source;
  return pinnedText(repository, digest, keepTag ? tag : undefined);
}

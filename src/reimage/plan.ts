import { formatPlace } from '../manifest/index.ts';
import { type Digest, formatReference, parseReference, sameRepository } from '../oci/index.ts';
import { type Failure, failureOf } from './failure.ts';
import type { FoundImage } from './find.ts';
import type { MappingEntry, MappingIndex } from './mapping.ts';
import type { RunContext, RunOptions } from './options.ts';
import { sideBySide } from './pool.ts';
import { pinnedText, renderTarget, type Target } from './rename.ts';

/** What will happen to an image: nothing but a check, nothing since the target has it, or a copy. */
export type Action = 'check' | 'present' | 'copy';

export interface PlannedImage {
  readonly image: FoundImage;
  /** What the image is from here on, whatever its tags do. */
  readonly digest: Digest;
  /** Undefined when the image keeps its name. */
  readonly target: Target | undefined;
  readonly action: Action;
  /** The text for the manifests. */
  readonly printed: string;
  readonly mapping: MappingEntry;
}

export interface Plan {
  readonly images: readonly PlannedImage[];
  readonly failures: readonly Failure[];
}

interface Draft {
  readonly image: FoundImage;
  readonly digest: Digest;
  readonly target: Target | undefined;
}

/** Says where an image stands in the input, and what went wrong with it. */
export function imageFailure(image: FoundImage, error: unknown): Failure {
  const [first, ...others] = image.sites;
  const more =
    others.length === 0 ? '' : ` (and ${others.length} more ${others.length === 1 ? 'place' : 'places'})`;
  const place = first ? `${formatPlace(first)}: ` : '';
  return failureOf(error, `${place}image "${image.text}"${more}`);
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
  const lookUps = new Map<string, Promise<Digest>>();
  const drafts = await each(
    found,
    (image) => image,
    async (image) => {
      const entry = mapping?.find(image.reference);
      const draft = entry
        ? { image, digest: entry.digest, target: { text: entry.tag, reference: parseReference(entry.tag) } }
        : await draftOf(image, mapping !== undefined, lookUps, options, context);
      progress.resolved++;
      return draft;
    },
  );
  failures.push(...collisions(drafts));
  const targets = new Map<string, Promise<Action>>();
  const images = await each(
    drafts,
    ({ image }) => image,
    async (draft) => {
      const { image, digest, target } = draft;
      let action: Action = 'check';
      if (target) {
        const name = formatReference(target.reference);
        const checking =
          targets.get(name) ?? checkTarget(draft, target, mapping !== undefined, options, context);
        targets.set(name, checking);
        action = await checking;
      }
      const tag = target?.text ?? image.text;
      return {
        image,
        digest,
        target,
        action,
        printed: printedText(draft, options),
        mapping: { tag, digest },
      };
    },
  );
  return { images, failures };
}

async function draftOf(
  image: FoundImage,
  mapped: boolean,
  lookUps: Map<string, Promise<Digest>>,
  { rename, renameIgnore }: RunOptions,
  { client, signal, log }: RunContext,
): Promise<Draft> {
  if (mapped) throw new Error('the static mapping does not have it');
  const { reference } = image;
  const name = formatReference(reference);
  let looking = lookUps.get(name);
  if (!looking) {
    looking = client.resolve(reference, signal).then(({ digest, answeredBy }) => {
      log.debug('resolved', { image: name, digest, registry: answeredBy });
      return digest;
    });
    lookUps.set(name, looking);
  }
  const digest = await looking;
  const keeps = !rename || renameIgnore.test(image.text);
  const target = keeps ? undefined : renderTarget(rename.template, rename.remotePath, reference, digest);
  if (target?.reference.digest !== undefined && target.reference.digest !== digest) {
    throw new Error(`the template gave ${target.text}, which is another digest than ${digest}`);
  }
  return { image, digest, target };
}

/** Two digests cannot be told apart by one name: whichever were copied last would win. */
function collisions(drafts: readonly Draft[]): Failure[] {
  const owners = new Map<string, Draft>();
  const failures: Failure[] = [];
  for (const draft of drafts) {
    if (!draft.target) continue;
    const name = formatReference(draft.target.reference);
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
  { image, digest }: Draft,
  target: Target,
  mapped: boolean,
  { copy, clobber, verifyStaticMapping, dryRun }: RunOptions,
  { client, signal }: RunContext,
): Promise<Action> {
  if (mapped && !verifyStaticMapping && !copy) return 'present';
  const source = image.reference.repository;
  const sameHost = source.registry === target.reference.repository.registry;
  const from =
    copy && sameHost && !sameRepository(source, target.reference.repository) ? source.path : undefined;
  const there = await client.lookUpTarget(target.reference, { push: copy && !dryRun, from }, signal);
  if (there?.digest === digest) return 'present';
  if (!there) {
    if (copy || dryRun) return 'copy';
    throw new Error(`the target ${target.text} does not exist, and -no-copy forbids to make it`);
  }
  if (mapped && verifyStaticMapping) {
    throw new Error(`the mapping is out of date: ${target.text} was ${digest} and is now ${there.digest}`);
  }
  if (copy && clobber) return 'copy';
  const way = copy ? '; -clobber would overwrite it' : '';
  throw new Error(
    `the target ${target.text} exists with another digest: ${there.digest}, not ${digest}${way}`,
  );
}

function printedText({ image, digest, target }: Draft, { forceDigest, keepTag }: RunOptions): string {
  if (!forceDigest) return target?.text ?? image.text;
  const { repository, tag } = target?.reference ?? image.reference;
  return pinnedText(repository, digest, keepTag ? tag : undefined);
}

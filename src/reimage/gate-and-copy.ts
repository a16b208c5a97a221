import { Slots } from '../http/index.ts';
import type { JudgedFinding, Verdict } from '../vulnerability/index.ts';
import { Copying } from './copying.ts';
import { type Failure, RejectedError } from './failure.ts';
import type { RunContext, RunOptions } from './options.ts';
import { imageFailure, type PlannedImage } from './plan.ts';
import { sideBySide } from './pool.ts';
import type { Sharing } from './shard-plan.ts';
import { pinnedText } from './rename.ts';

/** What became of images between the plan and their attestation. */
export interface Handled {
  /** By what `placeName` says of an image; undefined for one that was not to be scanned, nothing where that failed. */
  readonly verdicts: ReadonlyMap<string, Verdict | undefined>;
  readonly failures: readonly Failure[];
}

/** Images of one digest at one place, and the copies that bring it there. */
interface Item {
  readonly name: string;
  readonly images: readonly PlannedImage[];
  readonly copies: readonly PlannedImage[];
}

/** Findings that a message names before it only counts them. */
const NAMED = 5;

/** What an image is and where it is to run, as rules about images see it: `registry/repository@digest`. */
export function placeName({ place, digest }: PlannedImage): string {
  return pinnedText(place, digest, undefined);
}

/**
 * Passes every image through the gate and brings it to its target, images side by side: a rejected one is not
 * copied, unless the gate can only see what was. Collects what fails; throws the signal's reason alone.
 */
export async function gateAndCopy(
  images: readonly PlannedImage[],
  options: RunOptions,
  context: RunContext,
  sharing?: Sharing,
): Promise<Handled> {
  const { gate, signal, progress } = context;
  const copying = new Copying(images, options, context, sharing);
  const items = itemsOf(images, copying.jobs);
  const verdicts = new Map<string, Verdict | undefined>();
  progress.phase = 'copying';
  progress.toScan = gate ? items.length : 0;
  // The gate has its own measure: images that wait for it must not keep others from being copied.
  const slots = new Slots(options.jobs);
  const width = gate ? items.length : options.jobs;
  const results = await sideBySide(items, width, async (item) => {
    const check = async (): Promise<boolean> => {
      const verdict = await checkItem(item, options, context);
      verdicts.set(item.name, verdict);
      return verdict === undefined || verdict.rejected.length === 0;
    };
    if (gate && !gate.gate.afterCopy && !(await check())) return [];
    const failures = await slots.use(signal, async () => await copyItem(item, copying));
    if (gate?.gate.afterCopy === true && failures.length === 0) await check();
    return failures;
  });
  signal.throwIfAborted();
  const failures = results.flatMap((result, index) => {
    const item = items[index];
    if (!item) return [];
    if (result.status === 'rejected') return failuresOf(item, result.reason);
    const verdict = verdicts.get(item.name);
    const rejected = verdict && verdict.rejected.length > 0 ? failuresOf(item, rejection(verdict)) : [];
    return [...result.value, ...rejected];
  });
  return { verdicts, failures };
}

function itemsOf(images: readonly PlannedImage[], copies: readonly PlannedImage[]): readonly Item[] {
  const items = new Map<string, { images: PlannedImage[]; copies: PlannedImage[] }>();
  for (const planned of images) {
    const name = placeName(planned);
    const item = items.get(name);
    if (item) item.images.push(planned);
    else items.set(name, { images: [planned], copies: [] });
  }
  for (const planned of copies) items.get(placeName(planned))?.copies.push(planned);
  return [...items].map(([name, item]) => ({ name, ...item }));
}

async function copyItem({ copies }: Item, copying: Copying): Promise<readonly Failure[]> {
  const results = await sideBySide(copies, copies.length, async (planned) => await copying.copy(planned));
  return results.flatMap((result, index) => {
    const planned = copies[index];
    return result.status === 'rejected' && planned ? [imageFailure(planned.image, result.reason)] : [];
  });
}

/** Looks at the source while a copy is still to be made, else at the place the image runs from. */
async function checkItem(
  { name, images }: Item,
  { dryRun }: RunOptions,
  { gate, progress, signal, log }: RunContext,
): Promise<Verdict | undefined> {
  const [first] = images;
  if (!gate || !first) return undefined;
  // A repository may have the digest under one tag and not yet under another.
  const there = images.find(({ action }) => action !== 'copy');
  const { afterCopy } = gate.gate;
  if (afterCopy && dryRun && !there) {
    log.info('dry run: not scanned, as it is not copied', { image: name });
    return undefined;
  }
  const { digest } = first;
  const repository = afterCopy || there ? (there ?? first).place : first.source.repository;
  const origins = images.map(({ source }) => source.repository);
  const verdict = await gate.gate.check({ name, subject: { repository, digest }, origins }, signal);
  if (!verdict) {
    progress.toScan--;
    log.info('not scanned: -vulncheck-ignore-images matches it', { image: name });
  } else {
    progress.scanned++;
    const { ignored, accepted, rejected } = verdict;
    const counts = { ignored: ignored.length, accepted: accepted.length, rejected: rejected.length };
    log.info('scanned', { image: name, ...counts });
    const doubtful = accepted.filter(({ reason }) => reason !== '');
    if (doubtful.length > 0)
      log.warn(
        `accepted all the same: ${named(doubtful)}; -vulncheck-unscored-cvss sets what findings without a score count as`,
        { image: name },
      );
  }
  return verdict;
}

function failuresOf({ images }: Item, reason: unknown): readonly Failure[] {
  return images.map(({ image }) => imageFailure(image, reason));
}

function rejection({ rejected }: Verdict): RejectedError {
  const worst = rejected.toSorted((a, b) => b.cvss - a.cvss || b.risk - a.risk);
  return new RejectedError(`rejected by the gate: ${named(worst)}`);
}

function named(findings: readonly JudgedFinding[]): string {
  const first = findings.slice(0, NAMED).map(({ id, reason }) => `${id} (${reason})`);
  const more = findings.length > NAMED ? `, and ${findings.length - NAMED} more` : '';
  return `${first.join(', ')}${more}`;
}

import { type ImageSite, joinManifests } from '../manifest/index.ts';
import { formatReference, parseReference } from '../oci/index.ts';
import { attestAll, openAttesters } from './attest.ts';
import { withTargets } from './copying.ts';
import { type Failure, failureOf, inInputOrder, RunError } from './failure.ts';
import { type Found, type FoundImage, findImages } from './find.ts';
import { gateAndCopy, placeName } from './gate-and-copy.ts';
import { formatImagesLock } from './images-lock.ts';
import { formatKbldLock } from './kbld-lock.ts';
import { parseMappingFile } from './lock-format.ts';
import { formatMapping, type Mapping, MappingIndex } from './mapping.ts';
import { readMappingImage, writeMappingImage } from './mapping-image.ts';
import type { MappingPlace, RunContext, RunOptions } from './options.ts';
import { imageFailure, makePlan, type PlannedImage } from './plan.ts';
import { describePlan } from './plan-report.ts';
import { RunRecord } from './record.ts';
import { planShard, type ShardPlan } from './shard-plan.ts';

/** What a run did, for the summary. */
export interface RunReport {
  readonly images: number;
  readonly ignored: number;
  readonly copied: number;
  readonly present: number;
  /** Images whose text in the manifests is another one now. */
  readonly changed: number;
}

export interface RunResult {
  /** What goes to standard output. */
  readonly output: Uint8Array;
  readonly report: RunReport;
}

/**
 * Runs the whole pipeline: read, find, resolve, plan, per image gate and copy, attest, write mappings; the output is
 * returned, to be printed when all has succeeded. The report of the gate is written whatever came of the run. Throws
 * `RunError` with every failure, or the signal's reason.
 */
export async function run(options: RunOptions, context: RunContext): Promise<RunResult> {
  const record = new RunRecord(context);
  try {
    return await pipeline(options, context, record);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof RunError) || options.plan) throw error;
    throw new RunError([...error.failures, ...(await record.failed(error))]);
  }
}

async function pipeline(options: RunOptions, context: RunContext, record: RunRecord): Promise<RunResult> {
  const { progress, signal, log } = context;
  const mapping = options.staticMapping && (await readMapping(options.staticMapping, context));
  const files = options.mappingsOnly ? [] : await context.readManifests();
  const fileNames = files.map(({ name }) => name);
  const inOrder = (failures: readonly Failure[]): void => failIfAny(inInputOrder(failures, fileNames));
  const found = mapping && options.mappingsOnly ? fromMapping(mapping, options) : findImages(files, options);
  for (const warning of found.warnings) log.warn(warning);
  record.found(found.images);
  progress.phase = 'resolving';
  progress.images = found.images.length;
  const plan = await makePlan(found.images, mapping, options, context);
  record.planned(plan.images);
  inOrder([...found.failures, ...plan.failures, ...overwrittenByMapping(plan.images, options)]);
  const { mine: images, sharing } = await partOf(plan.images, options, context);
  if (options.shard) record.found(images.map(({ image }) => image));
  const targets = withTargets(images);
  const report = reportOf(found, images, targets, options);
  const copies = targets.filter(({ action }) => action === 'copy').length;
  log.debug('planned', { images: images.length, copies });
  if (options.plan) return { output: describePlan(images, found.ignored), report };

  if (!options.dryRun) await openAttesters(context);
  const { verdicts, failures } = await gateAndCopy(images, options, context, sharing);
  record.judged(verdicts);
  inOrder(failures);
  inOrder(await attestAll(images, verdicts, options, context));
  progress.phase = 'writing';
  await record.succeeded();
  await writeMappings(
    new Map(
      images.map((planned) => [
        planned.image.text,
        { ...planned.mapping, verdict: verdicts.get(placeName(planned)) },
      ]),
    ),
    options,
    context,
  );
  signal.throwIfAborted();
  const printed = new Map(images.map(({ image, printed: text }) => [image.text, text]));
  const output = joinManifests(
    found.manifests.map((manifest) => manifest.edit(({ image }) => printed.get(image))),
  );
  return { output, report };
}

/** What of a plan is this run's: all of it, or a shard. */
async function partOf(
  images: readonly PlannedImage[],
  options: RunOptions,
  context: RunContext,
): Promise<ShardPlan> {
  if (!options.shard) return { mine: images, sharing: undefined };
  return await planShard(images, options.shard, options, context);
}

async function readMapping(place: MappingPlace, context: RunContext): Promise<MappingIndex> {
  try {
    const [text, name] =
      place.kind === 'file'
        ? [await context.readFile(place.path), place.path]
        : [await readMappingImage(context.client, place.reference, context.signal), place.reference.text];
    const { format, mapping } = parseMappingFile(text, name);
    return new MappingIndex(mapping, { isLock: format !== 'reimage' });
  } catch (error) {
    context.signal.throwIfAborted();
    throw new RunError([failureOf(error)]);
  }
}

/** The images of a mapping in the place of those of manifests. */
function fromMapping(mapping: MappingIndex, { ignore }: RunOptions): Found {
  const images: FoundImage[] = [];
  const ignored = new Map<string, readonly ImageSite[]>();
  for (const text of mapping.texts()) {
    if (ignore?.test(text) === true) ignored.set(text, []);
    else images.push({ text, reference: parseReference(text), sites: [] });
  }
  return { manifests: [], images, ignored, failures: [], warnings: [] };
}

/** Images that the mapping's own image would take the tag from. */
function overwrittenByMapping(
  images: readonly PlannedImage[],
  { writeMapping: { image: place } }: RunOptions,
): readonly Failure[] {
  if (!place) return [];
  const taken = formatReference(place);
  return images.flatMap(({ image, target }) => {
    const { repository, tag } = target?.reference ?? image.reference;
    if (tag === undefined || formatReference({ repository, tag, digest: undefined }) !== taken) return [];
    return [imageFailure(image, new Error(`the mapping is to be written to its name, ${place.text}`))];
  });
}

function failIfAny(failures: readonly Failure[]): void {
  if (failures.length > 0) throw new RunError(failures);
}

async function writeMappings(
  mapping: Mapping,
  { writeMapping, dryRun }: RunOptions,
  context: RunContext,
): Promise<void> {
  const { file, image, imagesLock, kbldLock } = writeMapping;
  const files = [
    { path: file, format: formatMapping },
    { path: imagesLock, format: formatImagesLock },
    { path: kbldLock, format: formatKbldLock },
  ].flatMap(({ path, format }) => (path === undefined ? [] : [{ path, text: format(mapping) }]));
  if (dryRun) {
    for (const place of [image?.text, ...files.map(({ path }) => path)]) {
      if (place !== undefined) context.log.info('dry run: mapping not written', { place });
    }
    return;
  }
  try {
    if (image) await writeMappingImage(context.client, image, formatMapping(mapping), context.signal);
    for (const { path, text } of files) await context.writeFile(path, text);
  } catch (error) {
    context.signal.throwIfAborted();
    throw new RunError([failureOf(error, 'cannot write the mapping')]);
  }
}

function reportOf(
  found: Found,
  images: readonly PlannedImage[],
  targets: readonly PlannedImage[],
  options: RunOptions,
): RunReport {
  return {
    images: found.images.length,
    ignored: found.ignored.size,
    copied:
      options.dryRun || options.plan || !options.copy
        ? 0
        : targets.filter(({ action }) => action === 'copy').length,
    present: targets.filter(({ action }) => action === 'present').length,
    changed: images.filter(({ image, printed }) => printed !== image.text).length,
  };
}

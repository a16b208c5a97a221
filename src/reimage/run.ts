import { type ImageSite, joinManifests } from '../manifest/index.ts';
import { formatReference, parseReference } from '../oci/index.ts';
import { type Failure, failureOf, inInputOrder, RunError } from './failure.ts';
import { type Found, type FoundImage, findImages } from './find.ts';
import { formatMapping, type Mapping, MappingIndex, parseMapping } from './mapping.ts';
import { readMappingImage, writeMappingImage } from './mapping-image.ts';
import type { MappingPlace, RunContext, RunOptions } from './options.ts';
import { imageFailure, makePlan, type PlannedImage } from './plan.ts';
import { describePlan } from './plan-report.ts';
import { sideBySide } from './pool.ts';

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
 * Runs the whole pipeline: read, find, resolve, plan, copy, write mappings; the output is returned, to be printed
 * when all has succeeded. Throws `RunError` with every failure, or the signal's reason.
 */
export async function run(options: RunOptions, context: RunContext): Promise<RunResult> {
  const { progress, signal, log } = context;
  const mapping = options.staticMapping && (await readMapping(options.staticMapping, context));
  const files = options.mappingsOnly ? [] : await context.readManifests();
  const found = options.mappingsOnly
    ? fromMapping(mapping ?? new Map(), options)
    : findImages(files, options);
  progress.phase = 'resolving';
  progress.images = found.images.length;
  const index = mapping && new MappingIndex(mapping);
  const plan = await makePlan(found.images, index, options, context);
  const fileNames = files.map(({ name }) => name);
  failIfAny(inInputOrder([...found.failures, ...plan.failures], fileNames));
  log.debug('planned', { images: plan.images.length, copies: toCopy(plan.images).length });
  if (options.plan)
    return {
      output: describePlan(plan.images, found.ignored),
      report: reportOf(found, plan.images, options),
    };

  if (options.copy) await copyAll(plan.images, options, context);
  progress.phase = 'writing';
  await writeMappings(plan.images, options, context);
  signal.throwIfAborted();
  const printed = new Map(plan.images.map(({ image, printed: text }) => [image.text, text]));
  const output = joinManifests(
    found.manifests.map((manifest) => manifest.edit(({ image }) => printed.get(image))),
  );
  return { output, report: reportOf(found, plan.images, options) };
}

async function readMapping(place: MappingPlace, context: RunContext): Promise<Mapping> {
  try {
    if (place.kind === 'file') return parseMapping(await context.readFile(place.path), place.path);
    const text = await readMappingImage(context.client, place.reference, context.signal);
    return parseMapping(text, place.reference.text);
  } catch (error) {
    context.signal.throwIfAborted();
    throw new RunError([failureOf(error)]);
  }
}

/** The images of a mapping in the place of those of manifests. */
function fromMapping(mapping: Mapping, { ignore }: RunOptions): Found {
  const images: FoundImage[] = [];
  const ignored = new Map<string, readonly ImageSite[]>();
  for (const text of mapping.keys()) {
    if (ignore?.test(text) === true) ignored.set(text, []);
    else images.push({ text, reference: parseReference(text), sites: [] });
  }
  return { manifests: [], images, ignored, failures: [] };
}

function failIfAny(failures: readonly Failure[]): void {
  if (failures.length > 0) throw new RunError(failures);
}

/** The images to copy, each target once. */
function toCopy(images: readonly PlannedImage[]): readonly PlannedImage[] {
  const byTarget = new Map<string, PlannedImage>();
  for (const planned of images) {
    if (planned.target) byTarget.set(formatReference(planned.target.reference), planned);
  }
  return [...byTarget.values()];
}

async function copyAll(
  images: readonly PlannedImage[],
  options: RunOptions,
  context: RunContext,
): Promise<void> {
  const { client, log, progress, signal } = context;
  const targets = toCopy(images);
  const missing = targets.filter(({ action }) => action === 'copy');
  progress.phase = 'copying';
  progress.toCopy = missing.length;
  if (options.dryRun) {
    for (const { image, target, digest } of missing) {
      log.info('dry run: not copied', { image: image.text, target: target?.text, digest });
    }
    return;
  }
  const copier = client.copier({
    referrers: options.referrers,
    progress,
    onNotice: (text) => log.warn(text),
    present: targets.flatMap(({ target, digest, action }) =>
      target && action === 'present' ? [{ target: client.target(target.reference.repository), digest }] : [],
    ),
  });
  // What is there already may have got signatures since; a static mapping is to do without its sources.
  const jobs = options.referrers && !options.staticMapping ? targets : missing;
  const results = await sideBySide(jobs, options.jobs, async ({ image, digest, target, action }) => {
    if (!target) return;
    const { repository, tag } = target.reference;
    await copier.copy(
      {
        source: client.source(image.reference),
        digest,
        target: client.target(repository),
        tag,
        present: action === 'present',
      },
      signal,
    );
    if (action !== 'copy') return;
    progress.copied++;
    log.info('copied', { image: image.text, target: target.text, digest });
  });
  signal.throwIfAborted();
  failIfAny(
    results.flatMap((result, index) => {
      const planned = jobs[index];
      return result.status === 'rejected' && planned ? [imageFailure(planned.image, result.reason)] : [];
    }),
  );
}

async function writeMappings(
  images: readonly PlannedImage[],
  options: RunOptions,
  context: RunContext,
): Promise<void> {
  const { file, image } = options.writeMapping;
  if (file === undefined && image === undefined) return;
  const text = formatMapping(new Map(images.map((planned) => [planned.image.text, planned.mapping])));
  if (options.dryRun) {
    context.log.info('dry run: mapping not written', { file, image: image?.text });
    return;
  }
  try {
    if (image) await writeMappingImage(context.client, image, text, context.signal);
    if (file !== undefined) await context.writeFile(file, text);
  } catch (error) {
    context.signal.throwIfAborted();
    throw new RunError([failureOf(error, 'cannot write the mapping')]);
  }
}

function reportOf(found: Found, images: readonly PlannedImage[], options: RunOptions): RunReport {
  const targets = toCopy(images);
  return {
    images: found.images.length,
    ignored: found.ignored.size,
    copied: options.dryRun || options.plan ? 0 : targets.filter(({ action }) => action === 'copy').length,
    present: targets.filter(({ action }) => action === 'present').length,
    changed: images.filter(({ image, printed }) => printed !== image.text).length,
  };
}

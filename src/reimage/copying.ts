import { formatReference } from '../oci/index.ts';
import type { Copier } from '../registry/index.ts';
import type { RunContext, RunOptions } from './options.ts';
import type { PlannedImage } from './plan.ts';
import type { Sharing } from './shard-plan.ts';

/** The images that have a target, each target once. */
export function withTargets(images: readonly PlannedImage[]): readonly PlannedImage[] {
  const byTarget = new Map<string, PlannedImage>();
  for (const planned of images) {
    if (planned.target) byTarget.set(formatReference(planned.target.reference), planned);
  }
  return [...byTarget.values()];
}

/** Brings planned images to their targets; one for a whole run, which knows all of them. */
export class Copying {
  /** What there is to do, each target once: copies, and present images that may have got signatures since. */
  readonly jobs: readonly PlannedImage[];
  readonly #options: RunOptions;
  readonly #context: RunContext;
  readonly #copier: Copier;
  readonly #sharing: Sharing | undefined;

  constructor(
    images: readonly PlannedImage[],
    options: RunOptions,
    context: RunContext,
    sharing: Sharing | undefined,
  ) {
    this.#sharing = sharing;
    const { client, log, progress } = context;
    this.#options = options;
    this.#context = context;
    const targets = options.copy ? withTargets(images) : [];
    const missing = targets.filter(({ action }) => action === 'copy');
    // A static mapping is to do without its sources.
    this.jobs = options.referrers && !options.staticMapping && !options.dryRun ? targets : missing;
    progress.toCopy = missing.length;
    this.#copier = client.copier({
      referrers: options.referrers,
      progress,
      elsewhere: sharing?.elsewhere,
      onNotice: (text) => log.warn(text),
      present: targets.flatMap(({ target, digest, action }) =>
        target && action === 'present'
          ? [{ target: client.target(target.reference.repository), digest }]
          : [],
      ),
    });
  }

  /** Does one of the jobs. Throws `RegistryError`, or the signal's reason. */
  async copy(planned: PlannedImage): Promise<void> {
    const { image, source, digest, target, action } = planned;
    const { client, log, progress, signal } = this.#context;
    if (!target) return;
    if (this.#options.dryRun) {
      log.info('dry run: not copied', { image: image.text, target: target.text, digest });
      return;
    }
    const { repository, tag } = target.reference;
    await this.#sharing?.ready(planned, this.#copier);
    await this.#copier.copy(
      {
        source: client.source(source),
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
  }
}

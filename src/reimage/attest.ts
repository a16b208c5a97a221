import type { Verdict } from '../vulnerability/index.ts';
import { type Failure, failureOf, RunError } from './failure.ts';
import { placeName } from './gate-and-copy.ts';
import type { RunContext, RunOptions } from './options.ts';
import { imageFailure, type PlannedImage } from './plan.ts';
import { sideBySide } from './pool.ts';

/** Images that are attested at the same time: the services behind are far, and each image takes several requests. */
const WIDTH = 64;

/** Reads what the attesters need, before anything is changed anywhere. Throws `RunError`, or the signal's reason. */
export async function openAttesters({ attesters, signal }: RunContext): Promise<void> {
  const results = await sideBySide(attesters, WIDTH, async (attester) => await attester.open(signal));
  signal.throwIfAborted();
  const failures = results.flatMap((result, index) =>
    result.status === 'rejected' ? [failureOf(result.reason, attesters[index]?.name)] : [],
  );
  if (failures.length > 0) throw new RunError(failures);
}

/**
 * Attests each image once for every attester; with a gate only what it looked at and accepted. Collects what fails;
 * throws the signal's reason alone.
 */
export async function attestAll(
  images: readonly PlannedImage[],
  verdicts: ReadonlyMap<string, Verdict | undefined>,
  { dryRun }: RunOptions,
  context: RunContext,
): Promise<readonly Failure[]> {
  const { attesters, gate, signal, log, progress } = context;
  if (attesters.length === 0) return [];
  const seen = new Set<string>();
  const places = new Map<string, PlannedImage>();
  for (const planned of images) {
    const name = placeName(planned);
    if (seen.has(name)) continue;
    seen.add(name);
    if (gate && verdicts.get(name) === undefined) {
      log.warn(`${name} is not attested: the gate did not look at it`);
    } else if (dryRun) {
      log.info('dry run: not attested', { image: name });
    } else places.set(name, planned);
  }
  const tasks = [...places].flatMap(([name, planned]) =>
    attesters.map((attester) => ({ name, planned, attester })),
  );
  progress.phase = 'attesting';
  progress.toAttest = tasks.length;
  const results = await sideBySide(tasks, WIDTH, async ({ name, planned, attester }) => {
    const outcome = await attester.attest({ repository: planned.place, digest: planned.digest }, signal);
    progress.attested++;
    log.info(outcome === 'attested' ? 'attested' : 'attested already', { image: name, by: attester.name });
  });
  signal.throwIfAborted();
  return results.flatMap((result, index) => {
    const task = tasks[index];
    return result.status === 'rejected' && task ? [imageFailure(task.planned.image, result.reason)] : [];
  });
}

import type { Voice } from '../voice.ts';
import { drawChange, drawLogLine, drawSamples, type Sample, samplesOf } from './exposition.ts';
import { CACHE, REPORT } from './images.ts';
import type { Prometheus } from './prometheus.ts';
import { askAgain, askAndDraw, BROKEN, SHARE } from './questions.ts';
import { CACHE_DURATION, type ExporterStage } from './stage.ts';

/** They change with every look-up, of images that stay what they are too. */
const TIMES = [
  'container_image_last_lookup_timestamp_seconds',
  'container_image_last_success_timestamp_seconds',
];

/** Pushes a tag anew, and shows how the metrics follow. */
export async function showMove(
  stage: ExporterStage,
  prometheus: Prometheus | undefined,
  { paper, say, heading }: Voice,
): Promise<void> {
  const image = `${stage.names.companyHost}/${REPORT}`;
  heading('A tag moves', `${image} is pushed again, on a new base`);
  const before = await stage.scrape();
  const started = performance.now();
  const digest = stage.pushReport();
  const known = samplesOf(before.samples, 'size_bytes', {}).length;
  const after = await stage.scrapeUntil(
    `the new digest of ${image}`,
    (samples) =>
      samplesOf(samples, 'container_info', { image, digest }).length === 1 &&
      samplesOf(samples, 'size_bytes', { digest }).length === 1 &&
      samplesOf(samples, 'size_bytes', {}).length === known,
  );
  say(
    `Seen after ${seconds(started)}, as a look-up counts for ${CACHE_DURATION} here (by default 1h). All that`,
  );
  say('changed in the scrape, times of look-ups aside:', '');
  say(...drawChange(told(before.samples), told(after.samples), paper));
  say('', 'The series of the old digest are gone: nothing is counted twice.');
  if (!prometheus) return;
  await prometheus.waitFor(`container_image_tag_changes_total{image="${image}"} == 1`);
  say('Prometheus, asked for the share again:', '', ...(await askAgain(SHARE, prometheus, paper)));
}

/** Takes a tag away, and shows how the metrics tell. */
export async function showFailure(
  stage: ExporterStage,
  prometheus: Prometheus | undefined,
  { paper, say, heading }: Voice,
): Promise<void> {
  heading('A pull fails', `whoever publishes ${CACHE} takes the tag away`);
  const before = await stage.scrape();
  const started = performance.now();
  stage.removeCache();
  const failed = { image: CACHE, reason: 'not_found' };
  const after = await stage.scrapeUntil(
    `a failure of ${CACHE}`,
    (samples) => samplesOf(samples, 'lookup_status', failed).length === 1,
  );
  const { exporter } = stage;
  const warning = await exporter.until('a warning', () =>
    exporter.log.find((line) => line.includes(`reason=${failed.reason}`)),
  );
  say(`Seen after ${seconds(started)}. All that changed:`, '');
  say(...drawChange(told(before.samples), told(after.samples), paper));
  say('', 'What was known stays, so that nothing vanishes from a dashboard while a registry');
  say('is away. The last success gets old, and can be alerted on:', '');
  const [tried] = samplesOf(after.samples, 'last_lookup_timestamp_seconds', { image: CACHE });
  const [succeeded] = samplesOf(after.samples, 'last_success_timestamp_seconds', { image: CACHE });
  if (!tried || !succeeded) throw new Error(`the exporter does not say when it looked ${CACHE} up`);
  const gap = `${(tried.value - succeeded.value).toFixed(1)} s before`;
  say(...drawSamples(samplesOf(after.samples, 'container_info', { image: CACHE }), paper));
  say(...drawSamples([tried, succeeded], paper, (sample) => (sample === succeeded ? gap : '')));
  say('', 'The log says it once, not with every look-up:', '', ...drawLogLine(warning, paper));
  if (!prometheus) return;
  await prometheus.waitFor(`container_image_lookup_status{image="${CACHE}",reason="${failed.reason}"}`);
  say('', ...(await askAndDraw(BROKEN, prometheus, paper)));
}

/** What a scrape tells of images, but for times. */
function told(samples: readonly Sample[]): readonly Sample[] {
  return samples.filter(
    ({ family }) =>
      family.startsWith('container_image_') &&
      !family.startsWith('container_image_exporter_') &&
      !TIMES.includes(family),
  );
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

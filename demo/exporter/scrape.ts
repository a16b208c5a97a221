import type { Voice } from '../voice.ts';
import { drawSamples, type Sample, samplesOf } from './exposition.ts';
import { WEB } from './images.ts';
import type { ExporterStage, Scrape } from './stage.ts';

const MILLISECONDS_OF_DAY = 86_400_000;
const OF_DIGEST = ['created', 'size_bytes', 'label', 'annotation'];
const OF_IMAGE = ['lookup_status', 'last_lookup_timestamp_seconds', 'last_success_timestamp_seconds'];

/** Shows the lines of a scrape that tell of one image, and what each is good for. */
export function showScrape(scrape: Scrape, stage: ExporterStage, { paper, say, heading }: Voice): void {
  const { samples, text } = scrape;
  const image = `${stage.names.companyHost}/${WEB}`;
  const containers = samplesOf(samples, 'container_info', { image, kind: 'Deployment' });
  const digest = containers[0]?.labels['digest'] ?? '';
  if (digest === '') throw new Error(`the exporter was ready without a digest of ${image}`);
  const ofDigest = OF_DIGEST.flatMap((family) => samplesOf(samples, family, { digest }));
  const ofImage = OF_IMAGE.flatMap((family) => samplesOf(samples, family, { image }));

  const size = `${samples.length} series, ${(text.length / 1024).toFixed(0)} KiB`;
  heading('One scrape', `of ${stage.metricsUrl}: ${size}`);
  say('Here are the lines of one image, digests cut short and long lines folded.');
  say('Every container of every workload has a series; the digest is what its image');
  say('points to now, and what all else is joined on:', '');
  say(...drawSamples(containers, paper));
  say('', 'What is known of the image is there once, however many containers use it:', '');
  say(...drawSamples(ofDigest, paper, ageNote(stage.now)));
  say('', 'And how its last look-up went, since a failure is a metric as well:', '');
  say(...drawSamples(ofImage, paper));
}

function ageNote(now: number): (sample: Sample) => string {
  return ({ family, value }) => {
    if (family !== 'container_image_created') return '';
    return `${Math.floor((now - value * 1000) / MILLISECONDS_OF_DAY)} days ago`;
  };
}

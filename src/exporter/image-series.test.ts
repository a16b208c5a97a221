import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Puller, RESOURCES, type Resource, type Workload } from '../kubernetes/index.ts';
import { digestOf, parseReference } from '../oci/index.ts';
import type { ImageFacts } from '../lookups/facts.ts';
import { ImageSeries } from './image-series.ts';
import type { LookupStatus } from '../lookups/lookup-status.ts';
import { sectionOf, textOf } from '../exposition/test-section-text.ts';

const PULLER: Puller = { namespace: 'shop', secrets: [], serviceAccount: undefined };
const DIGEST = digestOf(Buffer.from('image'));
const OTHER = digestOf(Buffer.from('other image'));

function resource(name: string): Resource {
  const found = RESOURCES.find((candidate) => candidate.name === name);
  assert.ok(found);
  return found;
}

function workload(name: string, images: readonly (readonly [string, string])[]): Workload {
  return {
    namespace: 'shop',
    name,
    puller: PULLER,
    images: images.map(([jsonpath, image]) => ({ jsonpath, image })),
  };
}

function facts(changes: Partial<ImageFacts> = {}): ImageFacts {
  return {
    digest: DIGEST,
    size: 77_000_000,
    created: 1_700_000_000,
    labels: new Map([['maintainer', 'me']]),
    annotations: new Map([['org.opencontainers.image.source', 'https://example.com/"x"\n\\y']]),
    ...changes,
  };
}

function status(changes: Partial<LookupStatus> = {}): LookupStatus {
  return {
    reason: 'ok',
    digest: DIGEST,
    lastLookup: 1_700_000_060_500,
    lastSuccess: 1_700_000_000_000,
    changes: 2,
    ...changes,
  };
}

function make(): { series: ImageSeries; dropped: [string, number, string][] } {
  const dropped: [string, number, string][] = [];
  return {
    series: new ImageSeries({ onDropped: (...drop) => dropped.push(drop) }),
    dropped,
  };
}

test('an object is told with each of its containers', async () => {
  const { series, dropped } = make();
  const web = workload('web', [
    ['{.spec.template.spec.initContainers[0]}', 'busybox'],
    ['{.spec.template.spec.containers[0]}', 'nginx:1.27'],
  ]);
  const digests = new Map<string, string>([['nginx:1.27', DIGEST]]);
  series.putWorkload(resource('deployments'), 'shop/web', web, (image) => digests.get(image) ?? '');
  series.putWorkload(
    resource('pods'),
    'shop/web',
    workload('web', [['{.spec.containers[0]}', 'nginx']]),
    () => '',
  );
  assert.equal(
    sectionOf(series.sections(), 'container_image_container_info'),
    `container_image_container_info{digest="",group="apps",image="busybox",jsonpath="{.spec.template.spec.initContainers[0]}",kind="Deployment",name="web",namespace="shop",version="v1"} 1
container_image_container_info{digest="${DIGEST}",group="apps",image="nginx:1.27",jsonpath="{.spec.template.spec.containers[0]}",kind="Deployment",name="web",namespace="shop",version="v1"} 1
container_image_container_info{digest="",group="",image="nginx",jsonpath="{.spec.containers[0]}",kind="Pod",name="web",namespace="shop",version="v1"} 1
`,
  );
  series.deleteWorkload(resource('deployments'), 'shop/web');
  series.putWorkload(resource('pods'), 'shop/web', workload('web', []), () => '');
  assert.equal(await textOf(series.sections(), 'text'), '');
  assert.deepEqual(dropped, []);
});

test('a digest is told with its labels, annotations, size and time', async () => {
  const { series } = make();
  series.putFacts(facts());
  const text = await textOf(series.sections(), 'text');
  assert.equal(
    text,
    `# HELP container_image_annotation Annotations from the image manifest.
# TYPE container_image_annotation gauge
container_image_annotation{digest="${DIGEST}",key="org.opencontainers.image.source",value="https://example.com/\\"x\\"\\n\\\\y"} 1
# HELP container_image_created The created date from the image config. Expressed as a Unix Epoch Time.
# TYPE container_image_created gauge
container_image_created{digest="${DIGEST}"} 1700000000
# HELP container_image_label Labels from the image config.
# TYPE container_image_label gauge
container_image_label{digest="${DIGEST}",key="maintainer",value="me"} 1
# HELP container_image_size_bytes The size of the image in the registry.
# TYPE container_image_size_bytes gauge
container_image_size_bytes{digest="${DIGEST}"} 77000000
`,
  );
  assert.equal(await textOf(series.sections(), 'openmetrics'), `${text}# EOF\n`);
  series.putFacts(facts({ digest: OTHER, created: undefined, labels: new Map(), annotations: new Map() }));
  series.deleteFacts(DIGEST);
  assert.equal(
    await textOf(series.sections(), 'text'),
    `# HELP container_image_size_bytes The size of the image in the registry.
# TYPE container_image_size_bytes gauge
container_image_size_bytes{digest="${OTHER}"} 77000000
`,
  );
});

test('1970 is a time', async () => {
  const { series } = make();
  series.putFacts(facts({ created: 0 }));
  assert.equal(
    sectionOf(series.sections(), 'container_image_created'),
    `container_image_created{digest="${DIGEST}"} 0\n`,
  );
});

test('an image is told with what its look-ups came to, in both formats', async () => {
  const { series } = make();
  const image = `nginx:1.27@${DIGEST}`;
  series.putStatus(image, status(), parseReference(image));
  series.putStatus(
    'No Image',
    status({ reason: 'invalid_reference', changes: 0, lastLookup: undefined, lastSuccess: undefined }),
    undefined,
  );
  const body = `# HELP container_image_last_lookup_timestamp_seconds When the image was last looked up, as Unix time.
# TYPE container_image_last_lookup_timestamp_seconds gauge
container_image_last_lookup_timestamp_seconds{image="${image}"} 1700000060.5
# HELP container_image_last_success_timestamp_seconds When the image was last looked up with success, as Unix time.
# TYPE container_image_last_success_timestamp_seconds gauge
container_image_last_success_timestamp_seconds{image="${image}"} 1700000000
# HELP container_image_lookup_status Always 1, with what the last look-up of the image came to as its reason.
# TYPE container_image_lookup_status gauge
container_image_lookup_status{image="${image}",reason="ok"} 1
container_image_lookup_status{image="No Image",reason="invalid_reference"} 1
# HELP container_image_reference_info Always 1, with the parts of an image reference; tag or pinned_digest is empty where the reference has none.
# TYPE container_image_reference_info gauge
container_image_reference_info{image="${image}",pinned_digest="${DIGEST}",registry="docker.io",repository="library/nginx",tag="1.27"} 1
`;
  const samples = `container_image_tag_changes_total{image="${image}"} 2
container_image_tag_changes_total{image="No Image"} 0
`;
  const help = 'How often the image came to point at another digest since the exporter started.';
  assert.equal(
    await textOf(series.sections(), 'text'),
    `${body}# HELP container_image_tag_changes_total ${help}\n# TYPE container_image_tag_changes_total counter\n${samples}`,
  );
  assert.equal(
    await textOf(series.sections(), 'openmetrics'),
    `${body}# HELP container_image_tag_changes ${help}\n# TYPE container_image_tag_changes counter\n${samples}# EOF\n`,
  );
});

test('an image has one status, and none when it is gone', async () => {
  const { series } = make();
  series.putStatus(
    'nginx',
    status({ reason: 'pending', lastLookup: undefined, lastSuccess: undefined }),
    parseReference('nginx'),
  );
  series.putStatus('nginx', status({ reason: 'not_found' }), parseReference('nginx'));
  series.putStatus('redis', status(), parseReference('redis'));
  assert.equal(
    sectionOf(series.sections(), 'container_image_lookup_status'),
    'container_image_lookup_status{image="nginx",reason="not_found"} 1\ncontainer_image_lookup_status{image="redis",reason="ok"} 1\n',
  );
  series.deleteStatus('nginx');
  series.deleteStatus('redis');
  assert.equal(await textOf(series.sections(), 'text'), '');
});

test('series are counted by family', async () => {
  const { series } = make();
  const pod = workload('web', [
    ['{.spec.containers[0]}', 'a'],
    ['{.spec.containers[1]}', 'a'],
  ]);
  series.putWorkload(resource('pods'), 'shop/web', pod, () => '');
  series.putWorkload(resource('jobs'), 'shop/web', pod, () => '');
  series.putFacts(facts());
  const counts = series.seriesByFamily();
  assert.equal(counts.get('container_image_container_info'), 4);
  assert.equal(counts.get('container_image_label'), 1);
  assert.equal(counts.get('container_image_lookup_status'), 0);
});

test('a series that would be there twice is left out and counted', () => {
  const { series, dropped } = make();
  const labels = new Map([
    ['\ud800', 'first'],
    ['\ud801', 'second'],
    ['\ufffd', 'third'],
  ]);
  series.putFacts(facts({ labels, annotations: new Map() }));
  const twice = workload('web', [
    ['{.spec.containers[0]}', 'a'],
    ['{.spec.containers[0]}', 'b'],
  ]);
  series.putWorkload(resource('pods'), 'shop/web', twice, () => '');
  series.putStatus('\ud800', status(), undefined);
  series.putStatus('\ud801', status({ reason: 'invalid_reference' }), undefined);
  assert.equal(
    sectionOf(series.sections(), 'container_image_label'),
    `container_image_label{digest="${DIGEST}",key="\ufffd",value="first"} 1\n`,
  );
  assert.equal(
    sectionOf(series.sections(), 'container_image_lookup_status'),
    'container_image_lookup_status{image="\ufffd",reason="invalid_reference"} 1\n',
  );
  assert.deepEqual(dropped, [
    ['container_image_label', 2, 'duplicate'],
    ['container_image_container_info', 1, 'duplicate'],
  ]);
});

test('what an image has beyond what is kept of it is counted', () => {
  const { series, dropped } = make();
  series.putFacts(facts({ leftOut: { labels: 5, annotations: 0 } }));
  series.putFacts(facts({ leftOut: { labels: 0, annotations: 7 } }));
  assert.deepEqual(dropped, [
    ['container_image_label', 5, 'too_many'],
    ['container_image_annotation', 7, 'too_many'],
  ]);
});

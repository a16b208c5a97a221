import assert from 'node:assert/strict';
import { digestOf } from '../../src/oci/index.ts';
import { buildImage, buildIndex, type BuiltImage, buildManifest } from '../../src/testing/index.ts';
import { eventually } from '../support/eventually.ts';
import type { Labels, Scrape } from './scrape.ts';
import { configSize, knownImage } from './known-image.ts';
import { containersOf } from './workloads.ts';
import type { Case } from './world.ts';

const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
];
/** Of a platform, as manifests write it. */
const FEATURES = { 'os.features': ['win32k'] };
const OCI = 'application/vnd.oci.image';

/** What is told of images. */
export const IMAGE_CASES: readonly Case[] = [
  {
    name: 'the five families of a known image, to the letter',
    async run(world) {
      const image = knownImage();
      world.put('team/app:1', image);
      const text = world.image('team/app:1');
      await world.create('Deployment', 'web', containersOf(text));
      const { digest } = image.root;
      await world.showsDigests({ 'team/app:1': digest });
      const { text: scraped, families } = await world.exporter.scrape();
      const lines = scraped
        .split('\n')
        .filter((line) => line.includes(digest))
        .toSorted();
      assert.deepEqual(lines, [
        `container_image_annotation{digest="${digest}",key="index.only",value="from index"} 1`,
        `container_image_annotation{digest="${digest}",key="org.opencontainers.image.title",value="of amd64"} 1`,
        `container_image_container_info{digest="${digest}",group="apps",image="${text}",jsonpath="{.spec.template.spec.containers[0]}",kind="Deployment",name="web",namespace="${world.namespace}",version="v1"} 1`,
        `container_image_created{digest="${digest}"} 1714979289`,
        `container_image_label{digest="${digest}",key="dev.chainguard.package.main",value="nginx"} 1`,
        `container_image_label{digest="${digest}",key="quoted",value="a \\"b\\" \\\\ c\\nd é"} 1`,
        `container_image_size_bytes{digest="${digest}"} ${configSize(image) + 3 * 1000}`,
      ]);
      const heads = families
        .filter(({ name }) =>
          /^container_image_(?:annotation|container_info|created|label|size_bytes)$/.test(name),
        )
        .map(({ name, type, help }) => `${name} ${type} ${help}`);
      assert.deepEqual(heads, [
        'container_image_annotation gauge Annotations from the image manifest.',
        'container_image_container_info gauge img about containers running in the cluster, including the image digest resolved by the exporter.',
        'container_image_created gauge The created date from the image config. Expressed as a Unix Epoch Time.',
        'container_image_label gauge Labels from the image config.',
        'container_image_size_bytes gauge The size of the image in the registry.',
      ]);
    },
  },
  {
    name: 'a time that is not known has no sample, and an old one is a time',
    async run(world) {
      const times: Record<string, string | undefined> = {
        none: undefined,
        zero: '0001-01-01T00:00:00Z',
        nonsense: 'yesterday',
        epoch: '1970-01-01T00:00:00Z',
        old: '1980-01-01T00:00:01Z',
        offset: '2024-05-06T09:08:09.5+02:00',
      };
      const digests = Object.fromEntries(
        Object.entries(times).map(([path, created]) => [
          path,
          world.put(`${path}:1`, createdAt(path, created)).root.digest,
        ]),
      );
      const paths = Object.keys(times);
      await world.create('Pod', 'one', containersOf(...paths.map((path) => world.image(`${path}:1`))));
      await world.showsReasons(Object.fromEntries(paths.map((path) => [`${path}:1`, 'ok'])));
      const scrape = await world.exporter.scrape();
      const found = paths.map((path) => [path, scrape.value('container_image_created', of(digests[path]))]);
      assert.deepEqual(Object.fromEntries(found), {
        none: undefined,
        zero: undefined,
        nonsense: undefined,
        epoch: 0,
        old: 315532801,
        offset: 1714979289,
      });
      for (const path of paths) assert.ok(scrape.value('container_image_size_bytes', of(digests[path])));
    },
  },
  {
    name: 'a tag that moves shows its new digest, and nothing is left of the old one',
    async run(world) {
      const before = world.put('app:1', { labels: { version: 'before' } });
      const image = world.image('app:1');
      await world.create('Deployment', 'web', containersOf(image));
      await world.create('Pod', 'web-1', containersOf(image));
      await world.showsDigests({ 'app:1': before.root.digest });
      const changes = (scrape: Scrape): number | undefined =>
        scrape.value('container_image_tag_changes_total', { image });
      assert.equal(changes(await world.exporter.scrape()), 0);
      const after = world.put('app:1', { labels: { version: 'after' } });
      await world.showsDigests({ 'app:1': after.root.digest });
      const scrape = await world.exporter.shows((now) => {
        assert.ok(!now.text.includes(before.root.digest));
        return now;
      });
      assert.equal(changes(scrape), 1);
      assert.deepEqual(scrape.pairs('container_image_label', after.root.digest), {
        case: image,
        version: 'after',
      });
      assert.equal(scrape.containers(world.namespace).length, 2);
    },
  },
  {
    name: 'a tag that moves to what another still has takes nothing from that one',
    async run(world) {
      const [one, two] = [world.put('app:one'), world.put('app:two')];
      const [first, second] = [world.image('app:one'), world.image('app:two')];
      await world.create('Pod', 'one', containersOf(first, second));
      await world.showsDigests({ 'app:one': one.root.digest, 'app:two': two.root.digest });
      world.put('app:one', two);
      await world.showsDigests({ 'app:one': two.root.digest, 'app:two': two.root.digest });
      const scrape = await world.exporter.scrape();
      assert.equal(scrape.series('container_image_size_bytes', of(two.root.digest)).length, 1);
      assert.equal(scrape.series('container_image_container_info', of(two.root.digest)).length, 2);
    },
  },
  {
    name: 'what is pinned to a digest is fetched once for ever, while tags are asked for again and again',
    async run(world) {
      const image = world.put('pinned:1', { platforms: PLATFORMS });
      world.put('tagged:1');
      const pinned = `pinned@${image.root.digest}`;
      const both = `pinned:no-such-tag@${image.root.digest}`;
      await world.create(
        'Pod',
        'one',
        containersOf(...[pinned, both, 'tagged:1'].map((path) => world.image(path))),
      );
      await world.showsDigests({ [pinned]: image.root.digest, [both]: image.root.digest });
      await eventually(() => assert.ok(requests(world.registry, '/v2/tagged/') >= 3 + 3));
      assert.equal(requests(world.registry, '/v2/pinned/'), 3, 'index, manifest, config');
    },
  },
  {
    name: 'one image under several names is looked up once',
    async run(world) {
      const { digest } = world.put('app:latest').root;
      const names = ['app', 'app:latest'];
      await world.create('Pod', 'one', containersOf(...names.map((name) => world.image(name))));
      await world.showsDigests({ app: digest, 'app:latest': digest });
      assert.equal(world.registry.counts()['GET blob'], 1);
      const scrape = await world.exporter.scrape();
      assert.equal(scrape.series('container_image_size_bytes', { digest }).length, 1);
      const info = scrape.series('container_image_reference_info', { image: world.image('app') });
      assert.deepEqual(
        info.map(({ labels }) => labels),
        [
          {
            image: world.image('app'),
            pinned_digest: '',
            registry: world.registry.host,
            repository: 'app',
            tag: 'latest',
          },
        ],
      );
    },
  },
  {
    name: 'of an index the image of the wanted platform, whatever stands first',
    async run(world) {
      const [windows, linux] = [platformImage('windows/amd64'), platformImage('linux/amd64')];
      const unlabelled = platformImage('none');
      const attested = buildImage({ labels: { of: 'attested' }, attestations: true });
      const nested = buildIndex([
        { image: platformImage('arm'), platform: { os: 'linux', architecture: 'arm64' } },
        { image: buildIndex([{ image: linux, platform: { os: 'linux', architecture: 'amd64' } }]) },
      ]);
      const images: Record<string, BuiltImage> = {
        windows: buildIndex([
          { image: windows, platform: { os: 'windows', architecture: 'amd64' } },
          { image: linux, platform: { os: 'linux', architecture: 'amd64' } },
        ]),
        unlabelled: buildIndex([
          { image: unlabelled },
          { image: linux, platform: { os: 'linux', architecture: 'amd64' } },
        ]),
        features: buildIndex([
          { image: linux, platform: { os: 'linux', architecture: 'amd64', ...FEATURES } },
        ]),
        attested,
        nested,
        docker: buildImage({ platforms: PLATFORMS, labels: { of: 'docker' }, format: 'docker' }),
        fallback: buildIndex([
          { image: unlabelled, platform: { os: 'unknown', architecture: 'unknown' } },
          { image: platformImage('s390x'), platform: { os: 'linux', architecture: 's390x' } },
        ]),
      };
      for (const [path, image] of Object.entries(images)) world.put(`${path}:1`, image);
      const paths = Object.keys(images);
      await world.create('Pod', 'one', containersOf(...paths.map((path) => world.image(`${path}:1`))));
      await world.showsReasons(Object.fromEntries(paths.map((path) => [`${path}:1`, 'ok'])));
      const scrape = await world.exporter.scrape();
      const labels = Object.entries(images).map(([path, { root }]) => [
        path,
        scrape.pairs('container_image_label', root.digest)['of'],
      ]);
      assert.deepEqual(Object.fromEntries(labels), {
        windows: 'linux/amd64',
        unlabelled: 'linux/amd64',
        features: 'linux/amd64',
        attested: 'attested',
        nested: 'linux/amd64',
        docker: 'docker',
        fallback: 's390x',
      });
    },
  },
];

function platformImage(name: string): BuiltImage {
  return buildImage({ labels: { of: name } });
}

/** An image whose config says exactly this of its time. */
function createdAt(seed: string, created: string | undefined): BuiltImage {
  const config = Buffer.from(
    JSON.stringify({ created, os: 'linux', architecture: 'amd64', config: { Labels: { seed } } }),
  );
  const digest = digestOf(config);
  const root = buildManifest(`${OCI}.manifest.v1+json`, {
    config: { mediaType: `${OCI}.config.v1+json`, digest, size: config.length },
    layers: [],
  });
  return { root, manifests: [root], blobs: [{ digest, bytes: config }] };
}

function of(digest: string | undefined): Labels {
  return { digest: digest ?? '' };
}

/** How many requests were about paths that begin so. */
function requests(
  registry: { readonly requests: readonly { readonly path: string }[] },
  path: string,
): number {
  return registry.requests.filter((request) => request.path.startsWith(path)).length;
}

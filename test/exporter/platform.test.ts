import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildImage, buildIndex, type BuiltImage } from '../../src/testing/index.ts';
import { startEmbedded } from './cluster.ts';
import { startExporter } from './exporter-process.ts';
import { containersOf } from './workloads.ts';
import { World } from './world.ts';

/** An image that says in a label what it is, with one layer of so many bytes. */
function image(of: string, size: number): BuiltImage {
  return buildImage({
    labels: { of },
    layers: [{ bytes: Buffer.alloc(size, of), mediaType: 'application/vnd.oci.image.layer.v1.tar' }],
  });
}

const AMD = { image: image('amd64', 1000), platform: { os: 'linux', architecture: 'amd64' } };
const ARM = { image: image('arm64', 2000), platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } };
const ARM7 = { image: image('arm/v7', 3000), platform: { os: 'linux', architecture: 'arm', variant: 'v7' } };
const OTHER = { image: image('attestation', 4000), platform: { os: 'unknown', architecture: 'unknown' } };
const WINDOWS = { image: image('windows', 5000), platform: { os: 'windows', architecture: 'amd64' } };

const IMAGES = {
  plain: buildIndex([AMD, ARM7, ARM]),
  noisy: buildIndex([OTHER, { image: image('nothing', 6000) }, ARM, AMD]),
  nested: buildIndex([{ image: buildIndex([ARM, AMD]) }]),
  lacking: buildIndex([WINDOWS, ARM7]),
  single: AMD.image,
};

/** What `--platform` says, and which image of each index is then described. */
const CHOICES = [
  { args: [], of: { plain: 'amd64', noisy: 'amd64', nested: 'amd64', lacking: 'arm/v7', single: 'amd64' } },
  {
    args: ['--platform=linux/arm64'],
    of: { plain: 'arm64', noisy: 'arm64', nested: 'arm64', lacking: 'arm/v7', single: 'amd64' },
  },
  {
    args: ['--platform', 'linux/arm/v7'],
    of: { plain: 'arm/v7', noisy: 'arm64', nested: 'arm64', lacking: 'arm/v7', single: 'amd64' },
  },
  {
    args: ['--platform=windows/amd64'],
    of: { plain: 'amd64', noisy: 'arm64', nested: 'arm64', lacking: 'windows', single: 'amd64' },
  },
  {
    args: ['--platform='],
    of: { plain: 'amd64', noisy: 'arm64', nested: 'arm64', lacking: 'windows', single: 'amd64' },
  },
];

describe('which image of an index is described', { concurrency: 2 }, () => {
  for (const { args, of } of CHOICES) {
    test(args.join(' ') || 'without a wish', async () => {
      await using cluster = await startEmbedded();
      await using exporter = await startExporter({ kubeconfig: cluster.kubeconfig(), args });
      await using world = await World.open(cluster, exporter, 'platforms');
      for (const [path, built] of Object.entries(IMAGES)) world.put(`${path}:1`, built);
      const paths = Object.keys(IMAGES).map((path) => `${path}:1`);
      await world.create('Pod', 'one', containersOf(...paths.map((path) => world.image(path))));
      await world.showsReasons(Object.fromEntries(paths.map((path) => [path, 'ok'])));
      const scrape = await exporter.scrape();
      const found = Object.entries(IMAGES).map(([path, { root }]) => [
        path,
        scrape.pairs('container_image_label', root.digest)['of'],
      ]);
      assert.deepEqual(Object.fromEntries(found), of);
    });
  }
});

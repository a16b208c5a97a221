import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildArtifact,
  buildCosignSignature,
  buildImage,
  buildIndex,
  cosignTag,
  descriptorOf,
} from '../../src/testing/index.ts';
import { runOk } from '../support/processes.ts';
import { requireTool } from '../support/tools.ts';
import { assertHolds, type Case, imageOf, multiPlatform, pod } from './cases.ts';
import { singleFileTar } from './tar.ts';

/** What is copied, blob by blob, and in how many requests. */
export const COPY_CASES: readonly Case[] = [
  {
    name: 'copy: nested indexes, attestations, one layer shared by all',
    run: async (world) => {
      const [amd, arm] = [multiPlatform(1), imageOf(2)];
      const image = buildIndex([
        { image: amd },
        { image: arm, platform: { os: 'linux', architecture: 'arm' } },
      ]);
      await world.put('app', 'v1', image);
      const outcome = await world.reimage(
        ['-remote-path', world.name('imported')],
        pod(world.name('app:v1')),
      );
      assert.equal(outcome.code, 0, outcome.stderr);
      await assertHolds(world, world.pathOf(world.imported('app', image)), image.root.digest.slice(7), image);
    },
  },
  {
    name: 'copy: a foreign layer stays where its URLs say, and the log tells',
    run: async (world) => {
      const image = buildImage({
        format: 'docker',
        layers: [
          { foreign: ['https://example.com/layer'], seed: 1, size: 100 },
          { seed: 2, size: 100 },
        ],
      });
      await world.put('app', 'v1', image);
      const outcome = await world.reimage(
        ['-remote-path', world.name('imported')],
        pod(world.name('app:v1')),
      );
      assert.equal(outcome.stdout, pod(world.imported('app', image)), outcome.stderr);
      assert.match(outcome.stderr, /level=WARN msg="layer sha256:[0-9a-f]{64} may not be redistributed/);
    },
  },
  {
    name: 'copy: signatures and referrers come along, unless -no-referrers says not',
    run: async (world) => {
      const image = imageOf(1);
      const artifactType = 'application/vnd.example.sbom';
      const sbom = buildArtifact({ subject: descriptorOf(image), artifactType, content: 'sbom' });
      const signature = buildCosignSignature(image.root.digest);
      const fallback = image.root.digest.replace(':', '-');
      await world.put('app', 'v1', image);
      await world.put('app', cosignTag(image.root.digest), signature);
      await world.put('app', undefined, sbom);
      await world.put('app', fallback, buildIndex([{ image: sbom, artifactType }]));
      const input = pod(world.name('app:v1'));
      const target = (remote: string): string => world.pathOf(world.imported('app', image, remote));

      const without = await world.reimage(['-remote-path', world.name('bare'), '-no-referrers'], input);
      assert.equal(without.code, 0, without.stderr);
      assert.deepEqual(await world.tags(target('bare')), [image.root.digest.slice(7)]);
      // What was attached since the image was copied follows with the next run.
      for (const remote of ['bare', 'full']) {
        const outcome = await world.reimage(['-remote-path', world.name(remote)], input);
        assert.equal(outcome.code, 0, outcome.stderr);
        await assertHolds(world, target(remote), cosignTag(image.root.digest), signature);
        await assertHolds(world, target(remote), undefined, sbom);
      }
    },
  },
  {
    name: 'copy: the requests of a first run, a second, and one that only pins',
    run: async (world) => {
      const images = [multiPlatform(1), multiPlatform(2), multiPlatform(3)];
      for (const [index, image] of images.entries()) await world.put(`app${index}`, 'v1', image);
      const input = pod(...images.map((_, index) => world.name(`app${index}:v1`)));
      const args = ['-remote-path', world.name('imported')];
      const counted = async (extra: readonly string[]): Promise<Readonly<Record<string, number>>> => {
        world.resetCounts();
        const outcome = await world.reimage([...args, ...extra], input);
        assert.equal(outcome.code, 0, outcome.stderr);
        return world.counts;
      };
      assert.deepEqual(await counted(['-rename-remote-path', '', '-rename-force-digest']), {
        'HEAD manifest': 3,
      });
      // A registry without the referrers API is asked once.
      const { 'GET referrers': asked, ...first } = await counted([]);
      assert.ok(asked === 15 || asked === 1, `asked for referrers ${asked} times`);
      assert.deepEqual(first, {
        'HEAD manifest': 6,
        'GET manifest': 15,
        'GET tags': 3,
        'PUT manifest': 15,
        mount: 27,
      });
      const { 'GET referrers': again, ...second } = await counted([]);
      assert.ok(again === 3 || again === 1, `asked for referrers ${again} times`);
      assert.deepEqual(second, { 'HEAD manifest': 6, 'GET tags': 3 });
      assert.deepEqual(await counted(['-no-referrers']), { 'HEAD manifest': 6 });
      assert.deepEqual(await counted(['-no-copy']), { 'HEAD manifest': 6 });
    },
  },
  {
    name: 'copy: to another host every blob is sent once, and mounted from there on',
    run: async (world) => {
      const images = [multiPlatform(1), multiPlatform(2)];
      for (const [index, image] of images.entries()) await world.put(`app${index}`, 'v1', image);
      const input = pod(...images.map((_, index) => world.name(`app${index}:v1`)));
      const outcome = await world.reimage(
        ['-no-referrers', '-remote-path', world.farName('imported')],
        input,
      );
      assert.equal(outcome.code, 0, outcome.stderr);
      const distinct = new Set(images.flatMap(({ blobs }) => blobs.map(({ digest }) => digest))).size;
      const all = images.reduce((sum, { blobs }) => sum + blobs.length, 0);
      assert.deepEqual(world.counts, { 'HEAD manifest': 2, 'GET manifest': 10, 'GET blob': distinct });
      assert.deepEqual(world.farCounts, {
        'HEAD manifest': 2,
        'POST upload': distinct,
        'PUT upload': distinct,
        mount: all - distinct,
        'PUT manifest': 10,
      });
      for (const [index, image] of images.entries()) {
        const path = world.pathOf(world.imported(`app${index}`, image));
        await assertHolds(world, path, image.root.digest.slice(7), image);
      }
    },
  },
  {
    name: 'copy: an image made by crane, compared blob by blob; its mapping image read by crane',
    run: async (world, t) => {
      const crane = await requireTool(t, 'crane');
      if (crane === undefined) return;
      const env = { PATH: process.env['PATH'] ?? '', HOME: world.folder };
      const run = (...args: string[]): Promise<string> => runOk(crane, args, { cwd: world.folder, env });
      await writeFile(
        join(world.folder, 'layer.tar'),
        Buffer.concat([singleFileTar('etc/x', 'x'), Buffer.alloc(1024)]),
      );
      await run('append', '--oci-empty-base', '-f', 'layer.tar', '-t', world.name('made:v1'));
      const digest = (await run('digest', world.name('made:v1'))).trim();
      const outcome = await world.reimage(
        [
          '-remote-path',
          world.name('imported'),
          '-write-json-mappings-file',
          'm.json',
          '-write-json-mappings-img',
          world.name('map:1'),
        ],
        pod(world.name('made:v1')),
      );
      const [target = ''] = /\S*imported\S*/.exec(outcome.stdout) ?? [];
      assert.ok(target.endsWith(`:${digest.slice(7)}`), outcome.stderr);
      assert.equal(await run('manifest', target), await run('manifest', world.name('made:v1')));
      const { layers, config } = JSON.parse(await run('manifest', target));
      for (const { digest: blob } of [config, ...layers]) {
        const [from, to] = [world.name('made'), target.replace(/:[^:/]*$/, '')];
        assert.equal(await run('blob', `${to}@${blob}`), await run('blob', `${from}@${blob}`));
      }
      await run('export', world.name('map:1'), 'map.tar');
      assert.ok((await world.read('map.tar')).includes(await world.read('m.json')));
      assert.equal(await run('validate', '--remote', world.name('map:1')).then(() => 'valid'), 'valid');
    },
  },
  {
    name: 'copy: an image that skopeo pushed, and skopeo reads the copy',
    run: async (world, t) => {
      const skopeo = await requireTool(t, 'skopeo');
      if (skopeo === undefined) return;
      const image = multiPlatform(1);
      await world.put('app', 'v1', image);
      const env = { PATH: process.env['PATH'] ?? '', HOME: world.folder };
      const run = (...args: string[]): Promise<string> => runOk(skopeo, args, { cwd: world.folder, env });
      const copy = [
        'copy',
        '--all',
        '--insecure-policy',
        '--src-tls-verify=false',
        '--dest-tls-verify=false',
      ];
      await run(...copy, `docker://${world.name('app:v1')}`, `docker://${world.name('made:v1')}`);
      const outcome = await world.reimage(
        ['-remote-path', world.name('imported')],
        pod(world.name('made:v1')),
      );
      const target = world.imported('made', image);
      assert.equal(outcome.stdout, pod(target), outcome.stderr);
      await assertHolds(world, world.pathOf(target), image.root.digest.slice(7), image);
      await run(...copy, `docker://${target}`, 'oci:out:x');
    },
  },
];

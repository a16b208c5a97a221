import assert from 'node:assert/strict';
import { gunzipSync, gzipSync } from 'node:zlib';
import { buildImage, type BuiltImage } from '../../src/testing/index.ts';
import { type Case, imageOf, multiPlatform, pod } from './cases.ts';
import { goMapping, refusedMapping } from './mapping-file-cases.ts';
import { singleFileTar } from './tar.ts';

/** An image as the Go program pushes a mapping: Docker schema 2, one layer, one file in it. */
function mappingImage(files: Readonly<Record<string, string>>, layers = 1): BuiltImage {
  const bytes = gzipSync(
    Buffer.concat(Object.entries(files).map(([name, text]) => singleFileTar(name, text))),
  );
  const mediaType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
  return buildImage({
    format: 'docker',
    layers: Array.from({ length: layers }, () => ({ bytes, mediaType })),
  });
}

/** Mappings written and read as images. */
export const MAPPING_IMAGE_CASES: readonly Case[] = [
  {
    name: 'mapping image: written in the Go form, read back; equal content is an equal digest',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      const input = pod(world.name('app:v1'));
      const args = ['-remote-path', world.name('imported'), '-write-json-mappings-file', 'm.json'];
      for (const flag of ['-write-json-mappings-img', '-write-mappings-img']) {
        const outcome = await world.reimage([...args, flag, world.name(`map:${flag.length}`)], input);
        assert.equal(outcome.stdout, pod(world.imported('app', image)), outcome.stderr);
      }
      const [held, again] = [await world.held('map', '24'), await world.held('map', '19')];
      assert.ok(held);
      assert.deepEqual(again, held);
      const manifest = JSON.parse(held.bytes.toString());
      assert.equal(held.mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
      assert.deepEqual(
        manifest.layers.map(({ mediaType }: { mediaType: string }) => mediaType),
        ['application/vnd.docker.image.rootfs.diff.tar.gzip'],
      );
      const config = JSON.parse(String(await world.blob('map', manifest.config.digest)));
      assert.deepEqual([config.os, config.architecture, config.rootfs.diff_ids.length], ['', '', 1]);
      const tar = gunzipSync((await world.blob('map', manifest.layers[0].digest)) ?? '');
      const text = await world.read('m.json');
      assert.equal(tar.toString('latin1', 0, 20), 'reimage-mapping.json');
      assert.equal(tar.toString('utf8', 512, 512 + Buffer.byteLength(text)), text);
      const read = await world.reimage(['-static-mappings-img', world.name('map:24')], input);
      assert.equal(read.stdout, pod(world.imported('app', image)), read.stderr);
    },
  },
  {
    name: "mapping image: the Go program's is understood, and others are refused",
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      const text = goMapping({ nginx: [world.name('app:v1'), image] });
      await world.put('map', 'good', mappingImage({ 'reimage-mapping.json': text }));
      const outcome = await world.reimage(
        ['-static-json-mappings-img', world.name('map:good')],
        pod('nginx'),
      );
      assert.equal(outcome.stdout, pod(world.name('app:v1')), outcome.stderr);
      const later = mappingImage({ passwd: 'x', './reimage-mapping.json': text });
      await world.put('map', 'later', later);
      const other = await world.reimage(['-static-json-mappings-img', world.name('map:later')], pod('nginx'));
      assert.equal(other.stdout, pod(world.name('app:v1')), other.stderr);

      await world.put('map', 'two-layers', mappingImage({ 'reimage-mapping.json': text }, 2));
      await world.put('map', 'index', multiPlatform(1));
      await world.put('map', 'none', mappingImage({ 'other.json': text }));
      await world.put(
        'map',
        'no-tar',
        buildImage({ layers: [{ bytes: gzipSync('?'.repeat(600)), mediaType: 'x/y' }] }),
      );
      await world.put('map', 'bomb', mappingImage({ 'reimage-mapping.json': ' '.repeat(65 * 1024 * 1024) }));
      await world.put('map', 'text', mappingImage({ 'reimage-mapping.json': 'no' }));
      const reasons: Readonly<Record<string, string>> = {
        'two-layers': ' is no mapping image: it has not exactly one layer',
        index: ' is no mapping image: it has not exactly one layer',
        none: ' is no mapping image: there is no reimage-mapping.json or .imgpkg/images.yml in it',
        'no-tar': ' is no mapping image: its layer is no tar archive',
        bomb: ' is no mapping image: its layer does not unpack',
        text: ':1:1: it is neither a JSON mapping nor a lock file of kbld or imgpkg',
      };
      for (const [tag, reason] of Object.entries(reasons)) {
        const args = ['-static-json-mappings-img', world.name(`map:${tag}`)];
        const [message = '', ...others] = await refusedMapping(world, args);
        assert.ok(message.startsWith(`${world.name(`map:${tag}`)}${reason}`), message);
        assert.deepEqual(others, []);
      }
      assert.deepEqual(await refusedMapping(world, ['-static-mappings-img', world.name('map:gone')]), [
        `${world.name('map')}: cannot look up tag "gone": 404 Not Found: there is no such image`,
      ]);
    },
  },
];

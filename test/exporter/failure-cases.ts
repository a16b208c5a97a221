import assert from 'node:assert/strict';
import { buildArtifact, buildSchema1, startRegistry } from '../../src/testing/index.ts';
import { containersOf } from './workloads.ts';
import type { Case } from './world.ts';

const LOCAL = 'localhost/nobody/home:1';

/** Failures are facts about one image, and hide nothing else. */
export const FAILURE_CASES: readonly Case[] = [
  {
    name: 'each bad image has its reason, and the good ones beside them their digests',
    async run(world) {
      const good = [world.put('first:1').root.digest, world.put('last:1').root.digest];
      world.put('artifact:1', buildArtifact({ artifactType: 'application/x', content: 'x' }));
      world.put('ancient:1', buildSchema1('ancient', '1'));
      world.put('broken:1');
      const status = (path: RegExp, code: number): void =>
        world.registry.faults.add({ match: { path }, action: { kind: 'status', status: code } });
      status(/\/v2\/locked\//, 403);
      status(/\/v2\/failing\//, 500);
      world.registry.faults.add({
        match: { path: /\/v2\/broken\/manifests\//, method: 'GET' },
        action: { kind: 'corrupt', at: 40 },
      });
      await using guarded = await startRegistry({
        auth: { kind: 'basic', users: [{ name: 'a', password: 'b' }] },
      });
      // Nothing listens on port 1.
      const reasons = {
        [world.image('first:1')]: 'ok',
        [world.image('Upper/Case:1')]: 'invalid_reference',
        'nobody@sha256:1234': 'invalid_reference',
        [world.image('absent:1')]: 'not_found',
        [world.image('first:no-such-tag')]: 'not_found',
        [`${guarded.host}/secret/app:1`]: 'unauthorized',
        [world.image('locked/app:1')]: 'forbidden',
        [world.image('failing/app:1')]: 'unavailable',
        '127.0.0.1:1/nobody/home:1': 'unavailable',
        [LOCAL]: 'unavailable',
        [world.image('broken:1')]: 'invalid_response',
        [world.image('artifact:1')]: 'unsupported',
        [world.image('ancient:1')]: 'unsupported',
        '169.254.169.254/latest/meta-data:1': 'blocked',
        'metadata.google.internal/compute-metadata/v1:1': 'blocked',
        [world.image('last:1')]: 'ok',
      };
      await world.create('Pod', 'mixed', containersOf(...Object.keys(reasons)));
      await world.exporter.shows((scrape) => {
        const found = Object.keys(reasons).map((image) => [image, scrape.reason(image)]);
        assert.deepEqual(Object.fromEntries(found), reasons);
      });
      const scrape = await world.exporter.scrape();
      assert.equal(scrape.containers(world.namespace).length, Object.keys(reasons).length);
      assert.deepEqual(
        ['first:1', 'last:1'].map((path) => scrape.digest(world.image(path))),
        good,
      );
      // Docker's rule: localhost is a host without a port too, and not a part of Docker Hub.
      const local = scrape.series('container_image_reference_info', { image: LOCAL });
      assert.deepEqual(
        local.map(({ labels }) => [labels['registry'], labels['repository']]),
        [['localhost', 'nobody/home']],
      );
      const failed = world.image('absent:1');
      assert.ok(scrape.value('container_image_last_lookup_timestamp_seconds', { image: failed }));
      assert.equal(
        scrape.value('container_image_last_success_timestamp_seconds', { image: failed }),
        undefined,
      );
      // Once, with object, image, reason and cause, however often it was tried since.
      const lines = world.exporter.log('cannot be looked up').filter(({ image }) => image === failed);
      assert.deepEqual(
        lines.map(({ level, reason, object, error }) => [level, reason, object, typeof error]),
        [['warn', 'not_found', `Pod ${world.namespace}/mixed`, 'string']],
      );
    },
  },
  {
    name: 'an image that is pushed later is found',
    async run(world) {
      await world.create('Pod', 'early', containersOf(world.image('app:1')));
      await world.showsReasons({ 'app:1': 'not_found' });
      const { digest } = world.put('app:1').root;
      await world.showsDigests({ 'app:1': digest });
      await world.showsReasons({ 'app:1': 'ok' });
      const lines = world.exporter
        .log('looked up again')
        .filter(({ image }) => image === world.image('app:1'));
      assert.equal(lines.length, 1);
    },
  },
  {
    name: 'a registry that hangs holds up no other, and its series stay',
    async run(world) {
      const { digest } = world.put('app:1').root;
      await using hanging = await startRegistry();
      hanging.faults.add({ match: {}, action: { kind: 'hang' } });
      const stuck = Array.from({ length: 50 }, (_, index) => `${hanging.host}/stuck:${index}`);
      await world.create('Pod', 'stuck', containersOf(...stuck));
      await world.create('Pod', 'well', containersOf(world.image('app:1')));
      await world.showsDigests({ 'app:1': digest });
      const scrape = await world.exporter.scrape();
      assert.equal(scrape.containers(world.namespace).length, stuck.length + 1);
      assert.equal(scrape.reason(stuck[0] ?? ''), 'pending');
    },
  },
  {
    name: 'a registry that goes away and comes back takes no series with it',
    async run(world) {
      const { digest } = world.put('app:1').root;
      const image = world.image('app:1');
      const host = world.registry.host;
      await world.create('Deployment', 'web', containersOf(image));
      await world.showsDigests({ 'app:1': digest });
      await world.registry.stop();
      await world.exporter.shows((scrape) => {
        assert.equal(scrape.reason(image), 'unavailable');
        assert.equal(scrape.digest(image), digest);
        assert.ok(scrape.value('container_image_size_bytes', { digest }));
      });
      await world.registry.start();
      assert.equal(world.registry.host, host);
      const moved = world.put('app:1', { labels: { moved: 'yes' } });
      await world.showsDigests({ 'app:1': moved.root.digest });
      await world.showsReasons({ 'app:1': 'ok' });
    },
  },
];

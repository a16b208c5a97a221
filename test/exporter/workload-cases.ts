import assert from 'node:assert/strict';
import { ALL_KINDS, containersOf, pathOf } from './workloads.ts';
import type { Case, World } from './world.ts';

const PATHS = { Pod: 'spec', CronJob: 'spec.jobTemplate.spec.template.spec' } as const;

function owner(kind: string, controller = true): object {
  const apiVersion = kind === 'ReplicationController' ? 'v1' : 'apps/v1';
  return { apiVersion, kind, name: 'owner', uid: '11111111-2222-3333-4444-555555555555', controller };
}

/** `Kind name jsonpath image digest`, all images of a case being one. */
function told(world: World, digest: string): (kind: string, name: string, place: string) => string {
  return (kind, name, place) => `${kind} ${name} {.${place}} ${world.image('app:1')} ${digest}`;
}

/** Which containers are told of, and where they stand. */
export const WORKLOAD_CASES: readonly Case[] = [
  {
    name: 'every kind, with the place of each container',
    async run(world) {
      const { digest } = world.put('app:1').root;
      const image = world.image('app:1');
      const say = told(world, digest);
      const expected: string[] = [];
      for (const kind of ALL_KINDS) {
        await world.create(kind, 'one', {
          initContainers: [
            { name: 'init', image },
            { name: 'sidecar', image, restartPolicy: 'Always' },
          ],
          ...containersOf(image, image),
        });
        const path = kind in PATHS ? PATHS[kind === 'Pod' ? 'Pod' : 'CronJob'] : 'spec.template.spec';
        for (const place of ['initContainers[0]', 'initContainers[1]', 'containers[0]', 'containers[1]'])
          expected.push(say(kind, 'one', `${path}.${place}`));
      }
      await world.showsContainers(expected);
      const { exporter, namespace } = world;
      const infos = (await exporter.scrape()).series('container_image_container_info', { namespace });
      const groups = infos.map(({ labels: { kind, group, version } }) => `${kind} ${group}/${version}`);
      assert.deepEqual([...new Set(groups)].toSorted(), [
        'CronJob batch/v1',
        'DaemonSet apps/v1',
        'Deployment apps/v1',
        'Job batch/v1',
        'Pod /v1',
        'ReplicaSet apps/v1',
        'ReplicationController /v1',
        'StatefulSet apps/v1',
      ]);
      assert.ok(infos.every(({ value }) => value === 1));
      assert.deepEqual(
        [...new Set(infos.map(({ labels }) => Object.keys(labels).join()))],
        ['digest,group,image,jsonpath,kind,name,namespace,version'],
      );
    },
  },
  {
    name: 'ephemeral containers come as somebody attaches them',
    async run(world) {
      const { digest } = world.put('app:1').root;
      const image = world.image('app:1');
      const say = told(world, digest);
      await world.create('Pod', 'one', containersOf(image));
      await world.showsContainers([say('Pod', 'one', 'spec.containers[0]')]);
      await attach(world, 'one', [{ name: 'debugger', image, targetContainerName: 'c0' }]);
      await world.showsContainers([
        say('Pod', 'one', 'spec.containers[0]'),
        say('Pod', 'one', 'spec.ephemeralContainers[0]'),
      ]);
    },
  },
  {
    name: 'image volumes stand where the image is named',
    async run(world) {
      const { digest } = world.put('app:1').root;
      const image = world.image('app:1');
      const say = told(world, digest);
      const spec = {
        ...containersOf(image),
        volumes: [
          { name: 'other', emptyDir: {} },
          { name: 'model', image: { reference: image, pullPolicy: 'IfNotPresent' } },
        ],
      };
      await world.create('Pod', 'one', spec);
      await world.create('CronJob', 'two', spec);
      const deep = 'spec.jobTemplate.spec.template.spec';
      await world.showsContainers([
        say('Pod', 'one', 'spec.containers[0]'),
        say('Pod', 'one', 'spec.volumes[1].image'),
        say('CronJob', 'two', `${deep}.containers[0]`),
        say('CronJob', 'two', `${deep}.volumes[1].image`),
      ]);
    },
  },
  {
    name: 'ReplicaSets and ReplicationControllers count while nothing controls them',
    async run(world) {
      const { digest } = world.put('app:1').root;
      const spec = containersOf(world.image('app:1'));
      const say = told(world, digest);
      const place = 'spec.template.spec.containers[0]';
      await world.create('ReplicaSet', 'free', spec);
      await world.create('ReplicationController', 'free', spec);
      await world.create('ReplicaSet', 'related', spec, { ownerReferences: [owner('Deployment', false)] });
      await world.create('ReplicaSet', 'owned', spec, { ownerReferences: [owner('Deployment')] });
      await world.create('ReplicationController', 'owned', spec, {
        ownerReferences: [owner('ReplicationController')],
      });
      // Pods and Jobs count whoever made them.
      await world.create('Pod', 'owned', spec, { ownerReferences: [owner('ReplicaSet')] });
      const rest = [
        say('Pod', 'owned', 'spec.containers[0]'),
        say('ReplicaSet', 'related', place),
        say('ReplicationController', 'free', place),
      ];
      await world.showsContainers([...rest, say('ReplicaSet', 'free', place)]);
      await world.patch('ReplicaSet', 'free', { metadata: { ownerReferences: [owner('Deployment')] } });
      await world.showsContainers(rest);
      await world.patch('ReplicaSet', 'free', { metadata: { ownerReferences: null } });
      await world.showsContainers([...rest, say('ReplicaSet', 'free', place)]);
    },
  },
  {
    name: 'a series is there from first sight, with an empty digest until it is known',
    async run(world) {
      const { digest } = world.put('app:1').root;
      world.registry.faults.add({ match: { kind: 'GET manifest' }, action: { kind: 'hang' } });
      await world.create('Pod', 'one', containersOf(world.image('app:1')));
      const say = (known: string): string => told(world, known)('Pod', 'one', 'spec.containers[0]');
      await world.showsContainers([say('')]);
      await world.showsReasons({ 'app:1': 'pending' });
      const { families } = await world.exporter.scrape();
      const known = families
        .flatMap(({ samples }) => samples)
        .filter(({ labels }) => labels['digest'] === digest);
      assert.deepEqual(known, []);
    },
  },
  {
    name: 'what is gone leaves neither series nor image behind, and what is changed is changed',
    async run(world) {
      const [one, two] = [world.put('one:1').root, world.put('two:1').root];
      const images = [world.image('one:1'), world.image('two:1')] as const;
      await world.create('Deployment', 'both', containersOf(...images));
      await world.create('Pod', 'second', containersOf(images[1]));
      await world.showsDigests({ 'one:1': one.digest, 'two:1': two.digest });
      await world.patch('Deployment', 'both', {
        spec: { template: { spec: { containers: [{ name: 'c0', image: images[1] }] } } },
      });
      const place = 'Deployment both {.spec.template.spec.containers[0]}';
      const pod = `Pod second {.spec.containers[0]} ${images[1]} ${two.digest}`;
      await world.showsContainers([`${place} ${images[1]} ${two.digest}`, pod]);
      // Its last user has left.
      await world.exporter.shows((scrape) => {
        assert.equal(scrape.reason(images[0]), undefined);
        assert.ok(!scrape.text.includes(images[0]) && !scrape.text.includes(one.digest));
      });
      await world.delete('Deployment', 'both');
      await world.showsContainers([pod]);
      await world.delete('Pod', 'second');
      await world.exporter.shows((scrape) => {
        for (const trace of [...images, one.digest, two.digest, `"${world.namespace}"`])
          assert.ok(!scrape.text.includes(trace), trace);
      });
    },
  },
  {
    name: 'a name that is used again right away is another object',
    async run(world) {
      const [one, two] = [world.put('one:1').root, world.put('two:1').root];
      await world.create('Pod', 'same', containersOf(world.image('one:1')));
      await world.showsDigests({ 'one:1': one.digest });
      await world.delete('Pod', 'same');
      await world.create('Pod', 'same', containersOf(world.image('two:1')));
      await world.showsContainers([`Pod same {.spec.containers[0]} ${world.image('two:1')} ${two.digest}`]);
    },
  },
  {
    name: 'a hundred objects at once, and all but one gone at once',
    async run(world) {
      const { digest } = world.put('app:1').root;
      const image = world.image('app:1');
      const names = Array.from({ length: 100 }, (_, index) => `pod-${index}`);
      await Promise.all(names.map((name) => world.create('Pod', name, containersOf(image))));
      const say = (name: string): string => told(world, digest)('Pod', name, 'spec.containers[0]');
      await world.showsContainers(names.map(say));
      assert.equal(
        (await world.exporter.scrape()).series('container_image_size_bytes', { digest }).length,
        1,
      );
      assert.deepEqual(world.registry.counts()['GET blob'], 1);
      await world.create('Pod', 'last', containersOf(image));
      await world.client.ok('DELETE', `${pathOf(world.namespace, 'Pod')}?fieldSelector=metadata.name!=last`);
      await world.showsContainers([say('last')]);
    },
  },
];

/** As `kubectl debug` does it; the embedded server, which has no such subresource, takes it as an update. */
async function attach(world: World, pod: string, ephemeralContainers: readonly object[]): Promise<void> {
  const path = pathOf(world.namespace, 'Pod', pod);
  const body = { spec: { ephemeralContainers } };
  const { status } = await world.client.send('PATCH', `${path}/ephemeralcontainers`, {
    body,
    contentType: 'application/strategic-merge-patch+json',
  });
  if (status >= 300)
    await world.client.ok('PATCH', path, { body, contentType: 'application/merge-patch+json' });
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createWorkloadInterner, createWorkloadReader, type WorkloadReader } from './read-workload.ts';
import { RESOURCES, type Resource } from './resources.ts';

function resource(kind: string): Resource {
  const found = RESOURCES.find((candidate) => candidate.kind === kind);
  assert.ok(found);
  return found;
}

function reader(kind: string, imageVolumes = true): WorkloadReader {
  return createWorkloadReader(resource(kind), { imageVolumes, intern: createWorkloadInterner() });
}

/** An object of the kind around a pod spec. */
function around(kind: string, podSpec: unknown, metadata: object = {}): unknown {
  let value = podSpec;
  for (const name of resource(kind).podSpec.toReversed()) value = { [name]: value };
  return { metadata: { namespace: 'shop', name: 'web', ...metadata }, ...Object(value) };
}

function imagesOf(kind: string, podSpec: unknown, imageVolumes = true): readonly string[] | undefined {
  const read = reader(kind, imageVolumes)(around(kind, podSpec));
  return read?.item.images.map(({ jsonpath, image }) => `${jsonpath} ${image}`);
}

const EVERYWHERE = {
  volumes: [{ name: 'v' }, { name: 'm', image: { reference: 'model:1', pullPolicy: 'Always' } }],
  containers: [
    { name: 'app', image: 'app:1' },
    { name: 'proxy', image: 'proxy:1' },
  ],
  initContainers: [{ name: 'init', image: 'init:1', restartPolicy: 'Always' }],
  ephemeralContainers: [{ name: 'debug', image: 'debug:1' }],
};

describe('where images stand', () => {
  test('in a pod: init containers, containers, ephemeral containers, image volumes', () => {
    assert.deepEqual(imagesOf('Pod', EVERYWHERE), [
      '{.spec.initContainers[0]} init:1',
      '{.spec.containers[0]} app:1',
      '{.spec.containers[1]} proxy:1',
      '{.spec.ephemeralContainers[0]} debug:1',
      '{.spec.volumes[1].image} model:1',
    ]);
  });

  for (const { kind } of RESOURCES.filter((candidate) => candidate.kind !== 'Pod')) {
    const path = kind === 'CronJob' ? '.spec.jobTemplate.spec.template.spec' : '.spec.template.spec';
    test(`in a ${kind}: no ephemeral containers`, () => {
      assert.deepEqual(imagesOf(kind, EVERYWHERE), [
        `{${path}.initContainers[0]} init:1`,
        `{${path}.containers[0]} app:1`,
        `{${path}.containers[1]} proxy:1`,
        `{${path}.volumes[1].image} model:1`,
      ]);
    });
  }

  test('image volumes can be left out', () => {
    assert.deepEqual(imagesOf('Pod', { volumes: EVERYWHERE.volumes }, false), []);
  });

  test('a container without a name or an image is passed over, and counts for the places of others', () => {
    const containers = [
      { name: 'a' },
      { image: 'b' },
      { name: 'c', image: '' },
      { name: 1, image: 'd' },
      { name: 'e', image: ['e'] },
      null,
      'g',
      { name: 'h', image: 'h' },
    ];
    assert.deepEqual(imagesOf('Pod', { containers }), ['{.spec.containers[7]} h']);
  });

  test('objects of other shapes have no images', () => {
    for (const podSpec of [null, undefined, {}, { containers: null }, { containers: {} }, 'text']) {
      assert.deepEqual(imagesOf('Deployment', podSpec), []);
    }
    const controller = { metadata: { name: 'a', namespace: 'n' }, spec: { template: null } };
    assert.deepEqual(reader('ReplicationController')(controller)?.item.images, []);
  });
});

describe('who pulls', () => {
  const many = Array.from({ length: 1000 }, (_, index) => ({ name: `s${index}` }));
  const secrets = { imagePullSecrets: [{ name: 'one' }, { name: '' }, {}, { name: 'two' }] };
  const cases: readonly (readonly [string, object, readonly string[], string | undefined])[] = [
    ['Pod', secrets, ['one', 'two'], undefined],
    ['Pod', { imagePullSecrets: [{ name: 'x'.repeat(254) }, { name: 'one' }] }, ['one'], undefined],
    ['Pod', { imagePullSecrets: many }, many.slice(0, 32).map(({ name }) => name), undefined],
    ['Pod', { serviceAccountName: 'builder' }, [], undefined],
    ['Deployment', { ...secrets, serviceAccountName: 'builder' }, ['one', 'two'], undefined],
    ['Deployment', { serviceAccountName: 'builder' }, [], 'builder'],
    ['CronJob', {}, [], 'default'],
    ['Job', { serviceAccountName: '', imagePullSecrets: null }, [], 'default'],
  ];
  for (const [kind, podSpec, names, serviceAccount] of cases) {
    test(`${kind} ${JSON.stringify(podSpec).slice(0, 100)}`, () => {
      assert.deepEqual(reader(kind)(around(kind, podSpec))?.item.puller, {
        namespace: 'shop',
        secrets: names,
        serviceAccount,
      });
    });
  }
});

describe('which objects count', () => {
  const owned = { ownerReferences: [{ kind: 'Deployment', controller: true }] };
  const mentioned = { ownerReferences: [{ kind: 'Backup' }, { kind: 'Other', controller: false }] };
  const cases: readonly (readonly [string, object, boolean])[] = [
    ['ReplicaSet', owned, false],
    ['ReplicationController', owned, false],
    ['ReplicaSet', mentioned, true],
    ['ReplicaSet', { ownerReferences: null }, true],
    ['Pod', owned, true],
    ['Job', owned, true],
    ['Pod', { name: undefined }, false],
    ['Pod', { name: '' }, false],
  ];
  for (const [kind, metadata, counts] of cases) {
    test(`${kind} ${JSON.stringify(metadata)}`, () => {
      const read = reader(kind)(around(kind, {}, metadata));
      assert.equal(read?.key, counts ? 'shop/web' : undefined);
    });
  }

  test('what is no object does not', () => {
    for (const value of [undefined, null, 'text', 1, []]) assert.equal(reader('Pod')(value), undefined);
  });
});

describe('what objects have in common', () => {
  test('is one value, also between kinds', () => {
    const intern = createWorkloadInterner();
    const [pods, sets, deployments] = ['Pod', 'ReplicaSet', 'Deployment'].map((kind) =>
      createWorkloadReader(resource(kind), { imageVolumes: true, intern }),
    );
    const first = pods?.(around('Pod', EVERYWHERE))?.item;
    const second = pods?.(around('Pod', structuredClone(EVERYWHERE), { name: 'other' }))?.item;
    assert.ok(first && second);
    assert.equal(first.images, second.images);
    assert.equal(first.puller, second.puller);
    const set = sets?.(around('ReplicaSet', EVERYWHERE))?.item;
    const deployment = deployments?.(around('Deployment', EVERYWHERE))?.item;
    assert.ok(set && deployment);
    assert.equal(set.images, deployment.images);
    assert.equal(set.puller, deployment.puller);
    assert.notEqual(set.puller, first.puller);
  });

  test('cannot be changed', () => {
    const workload = reader('Pod')(
      around('Pod', { ...EVERYWHERE, imagePullSecrets: [{ name: 'one' }] }),
    )?.item;
    assert.ok(workload);
    const { images, puller } = workload;
    for (const value of [images, images[0], puller, puller.secrets]) assert.ok(Object.isFrozen(value));
  });

  test('no text makes two images look like one list of another object', () => {
    const intern = createWorkloadInterner();
    const read = createWorkloadReader(resource('Pod'), { imageVolumes: true, intern });
    const joined = read(around('Pod', { containers: [{ name: 'a', image: 'x\n{.spec.containers[1]}\ny' }] }));
    const apart = read(
      around('Pod', {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'y' },
        ],
      }),
    );
    assert.equal(joined?.item.images.length, 1);
    assert.equal(apart?.item.images.length, 2);
  });
});

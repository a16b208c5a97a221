import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAMILIES } from './families.ts';
import { IMAGE_FAMILIES } from './image-families.ts';

test('the five families of the Go program are its own to the letter', () => {
  const { annotation, containerInfo, created, label, sizeBytes } = IMAGE_FAMILIES;
  assert.deepEqual(
    [annotation, containerInfo, created, label, sizeBytes],
    [
      {
        name: 'container_image_annotation',
        type: 'gauge',
        help: 'Annotations from the image manifest.',
        labels: ['digest', 'key', 'value'],
      },
      {
        name: 'container_image_container_info',
        type: 'gauge',
        help: 'img about containers running in the cluster, including the image digest resolved by the exporter.',
        labels: ['digest', 'group', 'image', 'jsonpath', 'kind', 'name', 'namespace', 'version'],
      },
      {
        name: 'container_image_created',
        type: 'gauge',
        help: 'The created date from the image config. Expressed as a Unix Epoch Time.',
        labels: ['digest'],
      },
      {
        name: 'container_image_label',
        type: 'gauge',
        help: 'Labels from the image config.',
        labels: ['digest', 'key', 'value'],
      },
      {
        name: 'container_image_size_bytes',
        type: 'gauge',
        help: 'The size of the image in the registry.',
        labels: ['digest'],
      },
    ],
  );
});

test('names are unique and in order', () => {
  const names = FAMILIES.map(({ name }) => name);
  assert.deepEqual(
    names,
    [...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1)),
  );
});

// Prometheus gives every series these labels of the target, and renames ours where they collide.
const OF_THE_TARGET = ['pod', 'container', 'service', 'endpoint', 'job', 'instance', 'le', 'quantile'];

for (const { name, type, help, labels } of FAMILIES) {
  test(`${name} is well declared`, () => {
    assert.match(name, /^[a-z][a-z_]*[a-z]$/);
    assert.equal(name.endsWith('_total'), type === 'counter');
    assert.match(help, /^\S.*\.$/);
    assert.deepEqual(
      labels,
      [...new Set(labels)].toSorted((a, b) => (a < b ? -1 : 1)),
    );
    assert.deepEqual(
      labels.filter((label) => OF_THE_TARGET.includes(label) || !/^[a-z][a-z_]*$/.test(label)),
      [],
    );
  });
}

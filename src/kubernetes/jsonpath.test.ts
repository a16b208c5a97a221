import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImageList, JsonPaths } from './jsonpath.ts';

test('where images stand, as the Go program writes it', () => {
  const cases: readonly (readonly [string, ImageList, number, string])[] = [
    ['spec', 'containers', 0, '{.spec.containers[0]}'],
    ['spec', 'ephemeralContainers', 2, '{.spec.ephemeralContainers[2]}'],
    ['spec', 'volumes', 1, '{.spec.volumes[1].image}'],
    ['spec template spec', 'initContainers', 10, '{.spec.template.spec.initContainers[10]}'],
    [
      'spec jobTemplate spec template spec',
      'containers',
      1,
      '{.spec.jobTemplate.spec.template.spec.containers[1]}',
    ],
  ];
  for (const [path, list, index, text] of cases) {
    const paths = new JsonPaths(path.split(' '));
    assert.equal(paths.at(list, index), text);
    assert.equal(paths.at(list, index), text, 'asked again');
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldOf, nameOf, resourceVersionOf } from './api-object.ts';

test('members of members, wherever the way ends', () => {
  const object: unknown = JSON.parse('{"a":{"b":[{"c":1}],"n":null}}');
  assert.equal(fieldOf(object, 'a', 'b', '0', 'c'), 1);
  for (const path of [
    ['x'],
    ['a', 'n', 'c'],
    ['a', 'b', '1', 'c'],
    ['toString'],
    ['a', 'b', '0', 'c', 'd'],
  ]) {
    assert.equal(fieldOf(object, ...path), undefined, path.join('.'));
  }
  assert.equal(fieldOf(undefined, 'a'), undefined);
});

test('the name of an object', () => {
  assert.deepEqual(nameOf({ metadata: { name: 'a', namespace: 'n' } }), {
    namespace: 'n',
    name: 'a',
    key: 'n/a',
  });
  assert.equal(nameOf({ metadata: { name: 'a' } })?.key, '/a');
  for (const metadata of [undefined, null, {}, { name: '' }, { name: 1 }]) {
    assert.equal(nameOf({ metadata }), undefined);
  }
});

test('a resource version from which one can watch', () => {
  assert.equal(resourceVersionOf({ metadata: { resourceVersion: '7' } }), '7');
  for (const resourceVersion of [undefined, '', '0', 7]) {
    assert.equal(resourceVersionOf({ metadata: { resourceVersion } }), undefined);
  }
});

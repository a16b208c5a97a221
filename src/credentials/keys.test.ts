import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keyScope, keysFor } from './keys.ts';

const scopes: readonly [key: string, scope: string][] = [
  ['registry.example.com', 'registry.example.com'],
  ['Registry.Example.COM:5000', 'registry.example.com:5000'],
  ['registry.example.com/', 'registry.example.com'],
  ['registry.example.com/v1/', 'registry.example.com'],
  ['registry.example.com/v2', 'registry.example.com'],
  ['registry.example.com/ns/repo', 'registry.example.com/ns/repo'],
  ['registry.example.com/v1/repo', 'registry.example.com/v1/repo'],
  ['https://registry.example.com', 'registry.example.com'],
  ['http://registry.example.com:5000/', 'registry.example.com:5000'],
  ['HTTPS://registry.example.com/ns', 'registry.example.com'],
  ['https://index.docker.io/v1/', 'docker.io'],
  ['index.docker.io', 'docker.io'],
  ['registry-1.docker.io/grafana', 'docker.io/grafana'],
  ['[::1]:5000', '[::1]:5000'],
  ['https://user@registry.example.com/', 'user@registry.example.com'],
  ['', ''],
];

for (const [key, scope] of scopes) {
  test(`key "${key}"`, () => assert.equal(keyScope(key), scope));
}

const component = fc.stringMatching(/^[a-z0-9]{1,4}$/);
const host = fc
  .tuple(component, component, fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }))
  .map(([name, zone, port]) => `${name}.${zone}${port === undefined ? '' : `:${port}`}`);
const path = fc.array(component, { minLength: 1, maxLength: 4 });

test('property: a key covers exactly the repositories at and below it', () => {
  fc.assert(
    fc.property(host, fc.array(component, { maxLength: 3 }), path, host, (owner, namespace, rest, other) => {
      fc.pre(namespace.length !== 1 || !/^v[12]$/.test(namespace[0] ?? ''));
      const key = [owner, ...namespace].join('/');
      const below = { registry: owner, path: [...namespace, ...rest].join('/') };
      assert.deepEqual(keysFor([key], below), [[key]]);
      fc.pre(other !== owner);
      assert.deepEqual(keysFor([key], { ...below, registry: other }), []);
      assert.deepEqual(keysFor([key], { ...below, registry: `${owner}.${other}` }), []);
      assert.deepEqual(keysFor([key], { ...below, registry: `x${owner}` }), []);
      if (namespace.length > 0) {
        const sibling = { registry: owner, path: `${namespace.join('/')}x/${rest.join('/')}` };
        assert.deepEqual(keysFor([key], sibling), []);
      }
    }),
  );
});

test('property: narrower keys come first, whatever the order in the file', () => {
  fc.assert(
    fc.property(host, path, fc.infiniteStream(fc.nat()), (registry, components, random) => {
      const keys = [
        registry,
        ...components.map((_, i) => [registry, ...components.slice(0, i + 1)].join('/')),
      ];
      const isHost = components.length > 0 && /^v[12]$/.test(components[0] ?? '');
      fc.pre(!isHost);
      const shuffled = keys
        .map((key) => [random.next().value ?? 0, key] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, key]) => key);
      const found = keysFor(shuffled, { registry, path: components.join('/') });
      assert.deepEqual(found.flat(), keys.toReversed());
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { resourceOfKind } from './api-resources.ts';
import { ApiStore, type StoredObject } from './api-store.ts';

const [PODS, SECRETS] = [resourceOfKind('v1', 'Pod'), resourceOfKind('v1', 'Secret')];
assert.ok(PODS && SECRETS);

const WRITES = fc.array(
  fc.record({
    resource: fc.constantFrom(PODS, SECRETS),
    name: fc.constantFrom('a', 'b', 'c'),
    value: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  }),
  { maxLength: 40 },
);

test('any state that is not forgotten can be listed, and the changes after it lead to the present', () => {
  fc.assert(
    fc.property(WRITES, fc.integer({ min: 1, max: 8 }), (writes, historySize) => {
      const store = new ApiStore(historySize);
      const states = new Map([[store.resourceVersion, texts(store.list(PODS))]]);
      for (const { resource, name, value } of writes) {
        const object = value === undefined ? undefined : { metadata: { name }, value };
        store.commit(resource, { namespace: 'x', name }, object);
        states.set(store.resourceVersion, texts(store.list(PODS)));
      }
      for (const [resourceVersion, state] of states) {
        if (resourceVersion < store.compacted) continue;
        assert.deepEqual(texts(store.list(PODS, resourceVersion)), state);
        const replayed = new Map<string, StoredObject>();
        for (const object of store.list(PODS, resourceVersion)) replayed.set(object.name, object);
        for (const { before, after } of store.changes(PODS, resourceVersion)) {
          if (after) replayed.set(after.name, after);
          else if (before) replayed.delete(before.name);
        }
        assert.deepEqual(texts([...replayed.values()]).toSorted(), states.get(store.resourceVersion));
      }
    }),
    { numRuns: 200 },
  );
});

test('as many changes as were asked for are remembered, at least', () => {
  const store = new ApiStore(3);
  for (let value = 0; value < 20; value++) {
    store.commit(PODS, { namespace: 'x', name: 'a' }, { metadata: { name: 'a' }, value });
    assert.ok(store.resourceVersion - store.compacted >= Math.min(3, value));
    assert.ok(store.resourceVersion - store.compacted <= 6);
  }
  assert.equal(store.watchable, store.compacted);
});

test('what a restart forgets is where watches start, not what can be listed', () => {
  const store = new ApiStore(10);
  store.commit(PODS, { namespace: 'x', name: 'a' }, { metadata: { name: 'a' } });
  store.forgetWatchable();
  assert.deepEqual([store.watchable, store.compacted], [store.resourceVersion, 0]);
  store.compact();
  assert.deepEqual([store.watchable, store.compacted], [store.resourceVersion, store.resourceVersion]);
});

function texts(objects: readonly StoredObject[]): string[] {
  return objects.map(({ text }) => text);
}

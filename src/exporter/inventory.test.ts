import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Puller, RESOURCES, type Resource, type Workload } from '../kubernetes/index.ts';
import { Inventory } from './inventory.ts';

const PULLER: Puller = { namespace: 'shop', secrets: [], serviceAccount: 'default' };
const [PODS, DEPLOYMENTS] = RESOURCES;
assert.ok(PODS && DEPLOYMENTS);

function workload(name: string, ...images: readonly string[]): Workload {
  return {
    namespace: 'shop',
    name,
    puller: PULLER,
    images: images.map((image, index) => ({ jsonpath: `{.spec.containers[${index}]}`, image })),
  };
}

/** An inventory whose clock goes one millisecond with each look at it, and which renders when `turn` is called. */
function setUp() {
  const uses = new Map<string, number>();
  const shown = new Map<string, Workload>();
  const rendered: string[] = [];
  const waiting: (() => void)[] = [];
  let time = 0;
  const count = (image: string, by: number): void => {
    const left = (uses.get(image) ?? 0) + by;
    assert.ok(left >= 0, `${image} is released once too often`);
    if (left === 0) uses.delete(image);
    else uses.set(image, left);
  };
  const inventory = new Inventory({
    images: { add: (image) => count(image, 1), remove: (image) => count(image, -1) },
    lines: {
      put: ({ kind }, key, item) => {
        rendered.push(`${kind} ${key}`);
        shown.set(`${kind} ${key}`, item);
      },
      delete: ({ kind }: Resource, key) => void shown.delete(`${kind} ${key}`),
    },
    now: () => time++,
    later: (work) => waiting.push(work),
  });
  const settle = (): number => {
    let turns = 0;
    for (let work = waiting.shift(); work; work = waiting.shift(), turns++) work();
    return turns;
  };
  return { inventory, uses, shown, rendered, settle };
}

test('objects are shown, and their images are in use, until they go', () => {
  const { inventory, uses, shown, settle } = setUp();
  const pods = inventory.sink(PODS);
  pods.put('shop/a', workload('a', 'nginx', 'redis'));
  pods.put('shop/b', workload('b', 'nginx'));
  settle();
  assert.deepEqual([...shown.keys()], ['Pod shop/a', 'Pod shop/b']);
  assert.deepEqual(Object.fromEntries(uses), { nginx: 2, redis: 1 });
  assert.equal(inventory.anyUser('redis'), 'Pod shop/a');
  assert.equal(inventory.count(PODS), 2);
  pods.delete('shop/a');
  pods.delete('shop/a');
  settle();
  assert.deepEqual([...shown.keys()], ['Pod shop/b']);
  assert.deepEqual(Object.fromEntries(uses), { nginx: 1 });
  assert.equal(inventory.anyUser('redis'), undefined);
});

test('an exchange of the whole set never lets go of an image that stays', () => {
  const { inventory, uses, shown, settle } = setUp();
  const released: string[] = [];
  const pods = inventory.sink(PODS);
  pods.replace(new Map([['shop/a', workload('a', 'nginx')]]));
  settle();
  const remove = uses.delete.bind(uses);
  uses.delete = (image) => {
    released.push(image);
    return remove(image);
  };
  pods.replace(new Map([['shop/b', workload('b', 'nginx')]]));
  settle();
  assert.deepEqual([...shown.keys()], ['Pod shop/b']);
  assert.deepEqual(released, []);
});

test('what did not change is not rendered again; a new digest renders its users only', () => {
  const { inventory, rendered, settle } = setUp();
  const deployments = inventory.sink(DEPLOYMENTS);
  const all = new Map([
    ['shop/a', workload('a', 'nginx')],
    ['shop/b', workload('b', 'redis', 'nginx')],
    ['shop/c', workload('c', 'redis')],
  ]);
  deployments.replace(all);
  settle();
  rendered.length = 0;
  deployments.replace(new Map(all));
  deployments.put('shop/c', workload('c', 'redis'));
  settle();
  assert.deepEqual(rendered, []);
  inventory.changed('nginx');
  inventory.changed('nginx');
  settle();
  assert.deepEqual(rendered, ['Deployment shop/a', 'Deployment shop/b']);
});

test('rendering lets everything else have its turn', () => {
  const { inventory, rendered, settle } = setUp();
  const pods = inventory.sink(PODS);
  pods.replace(
    new Map(Array.from({ length: 100 }, (_, index) => [`shop/${index}`, workload(`${index}`, 'nginx')])),
  );
  assert.ok(settle() > 10);
  assert.equal(rendered.length, 100);
});

test('after any sequence of changes lines and uses are those of the objects that are left', () => {
  const image = fc.constantFrom('a', 'b', 'c', 'd');
  const item = fc.record({ key: fc.constantFrom('1', '2', '3'), images: fc.array(image, { maxLength: 3 }) });
  const step = fc.oneof(
    fc.record({ type: fc.constant('put' as const), item }),
    fc.record({ type: fc.constant('delete' as const), item }),
    fc.record({ type: fc.constant('replace' as const), items: fc.array(item, { maxLength: 3 }) }),
    fc.record({ type: fc.constant('turn' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { inventory, uses, shown, settle } = setUp();
      const pods = inventory.sink(PODS);
      let truth = new Map<string, Workload>();
      for (const action of steps) {
        if (action.type === 'put') {
          const { key, images } = action.item;
          truth.set(key, workload(key, ...images));
          pods.put(key, workload(key, ...images));
        } else if (action.type === 'delete') {
          truth.delete(action.item.key);
          pods.delete(action.item.key);
        } else if (action.type === 'replace') {
          truth = new Map(action.items.map(({ key, images }) => [key, workload(key, ...images)]));
          pods.replace(new Map(truth));
        } else settle();
      }
      settle();
      const expected = new Map<string, number>();
      for (const { images } of truth.values())
        for (const use of images) expected.set(use.image, (expected.get(use.image) ?? 0) + 1);
      assert.deepEqual(uses, expected);
      assert.deepEqual(shown, new Map([...truth].map(([key, value]) => [`Pod ${key}`, value])));
    }),
  );
});

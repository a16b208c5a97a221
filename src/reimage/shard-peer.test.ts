import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { digestOf, parseReference } from '../oci/index.ts';
import {
  type BuiltImage,
  buildImage,
  type EmbeddedRegistry,
  putImage,
  startRegistry,
} from '../testing/index.ts';
import type { PlannedImage } from './plan.ts';
import { digestNumber } from './shard.ts';
import { Peer } from './shard-peer.ts';
import { type MissingImage, ShardView } from './shard-view.ts';

const PATIENCE = 60_000;
const PAUSE = 5000;
const MIB = 1024 * 1024;

/** An image with the given layers, and one of its own. */
function imageOn(name: string, ...layers: readonly number[]): BuiltImage {
  return buildImage({
    layers: [...layers.map((seed) => ({ seed, size: 100 })), { files: { name } }],
  });
}

/** An image that is to be brought from `HOST/name:1` to `HOST/to/name:1` by a shard. */
function missing(host: string, name: string, shard: number, { root, blobs }: BuiltImage): MissingImage {
  const source = parseReference(`${host}/${name}:1`);
  const target = { text: `${host}/to/${name}:1`, reference: parseReference(`${host}/to/${name}:1`) };
  const planned: PlannedImage = {
    image: { text: source.text, reference: source, sites: [] },
    source,
    digest: root.digest,
    target,
    place: target.reference.repository,
    action: 'copy',
    printed: target.text,
    mapping: { tag: target.text, digest: root.digest },
  };
  return { planned, target, shard, blobs: Float64Array.from(blobs, ({ digest }) => digestNumber(digest)) };
}

interface Scene {
  readonly registry: EmbeddedRegistry;
  readonly subject: TestClient;
  readonly images: readonly BuiltImage[];
  readonly peer: Peer;
  /** Waits once more for a blob; true when that was the last time. */
  wait(size?: number): Promise<boolean>;
}

/** Shard 1 with ten images to copy; the last needs a blob of shard 0, and has one that shard 0 needs. */
async function setUp(t: TestContext, patience = PATIENCE): Promise<Scene> {
  const registry = await startRegistry();
  const subject = new TestClient();
  t.after(async () => {
    subject.client.close();
    await registry.stop();
  });
  const images = Array.from({ length: 10 }, (_, index) =>
    imageOn(`a${index}`, ...(index === 9 ? [1, 2] : [])),
  );
  const all = [
    missing(registry.host, 'b0', 0, imageOn('b0', 1)),
    ...images.map((image, index) => missing(registry.host, `a${index}`, 1, image)),
    missing(registry.host, 'b1', 0, imageOn('b1', 2)),
  ];
  for (const [index, image] of images.entries()) putImage(registry.store, `a${index}`, '1', image);
  const view = new ShardView(all);
  const own = all.filter(({ shard }) => shard === 1);
  assert.deepEqual(
    own.map((image) => view.isLate(image)),
    [...Array.from({ length: 9 }, () => false), true],
  );
  const peer = new Peer(1, own, view, { client: subject.client, patience });
  const wait = (size = 0): Promise<boolean> => peer.wait(size, PAUSE, subject.signal);
  return { registry, subject, images, peer, wait };
}

/** How many waits it takes until a shard is given up. */
async function patienceOf(scene: Scene, size = 0): Promise<number> {
  for (let waits = 1; ; waits++) if (await scene.wait(size)) return waits;
}

describe('a shard that others wait for', () => {
  test('is given up when nothing of it appears for as long as patience lasts', async (t) => {
    const scene = await setUp(t);
    assert.equal(await patienceOf(scene), PATIENCE / PAUSE);
    assert.equal(scene.peer.gone, true);
    assert.equal(await scene.wait(), false, 'only once');
  });

  test('has more time for a large blob', async (t) => {
    assert.equal(await patienceOf(await setUp(t), 512 * MIB), (3 * PATIENCE) / PAUSE);
  });

  test('is not waited for at all without patience', async (t) => {
    const scene = await setUp(t, 0);
    assert.equal(await patienceOf(scene, 512 * MIB), 1);
    assert.deepEqual(scene.subject.clock.sleeps, []);
    assert.deepEqual(scene.registry.counts(), {});
  });

  test('is waited for as long as its images appear, wherever in their order', async (t) => {
    const scene = await setUp(t);
    for (const index of [3, 0, 9, 8]) {
      for (let waits = 1; waits < PATIENCE / PAUSE; waits++) assert.equal(await scene.wait(), false);
      const image = scene.images[index];
      if (image) putImage(scene.registry.store, `to/a${index}`, '1', image);
      assert.equal(await scene.wait(), false);
    }
    assert.equal(await patienceOf(scene), PATIENCE / PAUSE);
  });

  test('is waited for when it has brought what others need of an image that waits itself', async (t) => {
    const scene = await setUp(t);
    for (let waits = 1; waits < PATIENCE / PAUSE; waits++) assert.equal(await scene.wait(), false);
    const shared = scene.images[9]?.blobs.find(({ digest }) =>
      imageOn('b1', 2).blobs.some((blob) => blob.digest === digest),
    );
    assert.ok(shared);
    scene.registry.store.putBlob('to/a9', shared.bytes);
    assert.equal(await scene.wait(), false);
    assert.equal(await patienceOf(scene), PATIENCE / PAUSE);
  });

  test('is given up at once when all that it had to do is there', async (t) => {
    const scene = await setUp(t);
    for (const [index, image] of scene.images.entries())
      putImage(scene.registry.store, `to/a${index}`, '1', image);
    assert.equal(await patienceOf(scene), 1);
  });

  test('is waited for while an awaited blob has just come', async (t) => {
    const scene = await setUp(t);
    for (let waits = 1; waits < PATIENCE / PAUSE; waits++) assert.equal(await scene.wait(), false);
    scene.peer.progressed();
    assert.equal(await patienceOf(scene), PATIENCE / PAUSE);
  });

  test('a look ends with the signal', async (t) => {
    const { peer } = await setUp(t);
    const reason = new Error('enough');
    await assert.rejects(peer.wait(0, PAUSE, AbortSignal.abort(reason)), reason);
  });
});

describe('ShardView', () => {
  const host = 'r.example';
  const [shared, other] = [imageOn('x', 1), imageOn('y', 1)];
  const images = [
    missing(host, 'x', 2, shared),
    missing(host, 'x2', 2, shared),
    missing(host, 'y', 0, other),
    missing('else.example', 'z', 1, shared),
  ];
  const view = new ShardView(images);
  const digest = shared.blobs.find((blob) => other.blobs.some((same) => same.digest === blob.digest))?.digest;
  const blob = digest ?? digestOf('none');

  test('a blob belongs to the shard of the first image, on each host', () => {
    const names = (registry: string): string[] =>
      view.homes(registry, digestNumber(blob)).map(({ target }) => target.text);
    assert.deepEqual(names(host), ['r.example/to/x:1', 'r.example/to/y:1']);
    assert.deepEqual(names('else.example'), [], 'only one shard has it there');
    assert.deepEqual(names('none.example'), []);
    assert.equal(view.homeOf(2, host, blob)?.path, 'to/x');
    assert.equal(view.homeOf(0, host, blob)?.path, 'to/y');
    assert.equal(view.homeOf(1, host, blob), undefined);
  });

  test('images wait for what belongs to others', () => {
    assert.deepEqual(
      images.map((image) => view.isLate(image)),
      [false, false, true, false],
    );
  });

  test('it has the blobs of all missing images, and no others', () => {
    assert.ok([...shared.blobs, ...other.blobs].every((each) => view.has(host, digestNumber(each.digest))));
    assert.equal(view.has(host, digestNumber(digestOf('none'))), false);
  });
});

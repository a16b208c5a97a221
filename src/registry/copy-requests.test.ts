import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient, TestCopy } from '../../test/support/client.ts';
import { appOn, missing, PLATFORMS, withSides } from '../../test/support/copying.ts';
import { buildImage, putImage, startRegistry } from '../testing/index.ts';

describe('how many requests', () => {
  test('an image of n layers: one GET each on one side, POST and PUT on the other', async () => {
    await withSides(async ({ source, target, subject }) => {
      putImage(
        source.store,
        'a',
        '1',
        buildImage({ layers: [1, 2, 3].map((seed) => ({ seed, size: 100 })) }),
      );
      await new TestCopy(subject, { referrers: false }).copy(`${source.host}/a:1`, `${target.host}/a:1`);
      assert.deepEqual(source.counts(), { 'HEAD manifest': 1, 'GET manifest': 1, 'GET blob': 4 });
      assert.deepEqual(target.counts(), {
        'HEAD manifest': 1,
        'POST upload': 4,
        'PUT upload': 4,
        'PUT manifest': 1,
      });
    });
  });

  test('twenty images on one base: the base is sent once and mounted for the others', async () => {
    await withSides(async ({ source, target, subject }) => {
      const images = Array.from({ length: 20 }, (_, index) => appOn(1000, index));
      for (const [index, image] of images.entries()) putImage(source.store, `app-${index}`, '1', image);
      const copy = new TestCopy(subject, { referrers: false });
      await Promise.all(
        images.map((_, index) =>
          copy.copy(`${source.host}/app-${index}:1`, `${target.host}/to/app-${index}:1`),
        ),
      );
      for (const [index, image] of images.entries()) {
        assert.deepEqual(missing(target, `to/app-${index}`, '1', image), []);
      }
      // Twenty configs, twenty layers and the base; before each of the 21 that are large a HEAD, and their
      // uploads begin with a mount from wherever the host may have them.
      assert.deepEqual(target.counts(), {
        'HEAD manifest': 20,
        'HEAD blob': 21,
        'POST upload': 20,
        'PUT upload': 41,
        mount: 19 + 21,
        'PUT manifest': 20,
      });
      assert.deepEqual(source.counts(), { 'HEAD manifest': 20, 'GET manifest': 20, 'GET blob': 41 });
      const { blobsSent, blobsMounted, blobsPresent, bytes, totalBytes } = copy.progress;
      assert.deepEqual([blobsSent, blobsMounted, blobsPresent], [41, 19, 0]);
      assert.equal(bytes, totalBytes);
      assert.equal(target.uploaded.bytes, bytes);
    });
  });

  test('on one host everything is mounted and nothing sent', async () => {
    await using registry = await startRegistry();
    using subject = new TestClient();
    const image = appOn(1, 2, { platforms: PLATFORMS });
    putImage(registry.store, 'from', '1', image);
    const copy = new TestCopy(subject, { referrers: false });
    await copy.copy(`${registry.host}/from:1`, `${registry.host}/to:1`);
    assert.deepEqual(missing(registry, 'to', '1', image), []);
    assert.deepEqual(registry.uploaded, { blobs: 0, bytes: 0 });
    assert.equal(registry.counts()['mount'], image.blobs.length);
    assert.equal(registry.counts()['GET blob'], undefined);
  });

  test('in one repository only the name is new', async () => {
    await using registry = await startRegistry();
    using subject = new TestClient();
    putImage(registry.store, 'a', '1', buildImage({ platforms: PLATFORMS }));
    await new TestCopy(subject).copy(`${registry.host}/a:1`, `${registry.host}/a:2`);
    assert.deepEqual(registry.counts(), { 'HEAD manifest': 2, 'GET manifest': 1, 'PUT manifest': 1 });
  });

  test('where mounts are refused a session begins, and takes the upload', async () => {
    await using registry = await startRegistry({ features: { mount: false } });
    using subject = new TestClient();
    const image = appOn(1, 2);
    putImage(registry.store, 'from', '1', image);
    await new TestCopy(subject, { referrers: false }).copy(
      `${registry.host}/from:1`,
      `${registry.host}/to:1`,
    );
    assert.deepEqual(missing(registry, 'to', '1', image), []);
    const counts = registry.counts();
    assert.deepEqual([counts['mount'], counts['POST upload'], counts['PUT upload']], [3, undefined, 3]);
  });

  test('where the form of a mount is refused nobody tries again', async () => {
    await using registry = await startRegistry();
    using subject = new TestClient();
    const image = buildImage({ layers: [{ seed: 1, size: 10 }] });
    const second = buildImage({ layers: [{ seed: 2, size: 10 }] });
    putImage(registry.store, 'from', '1', image);
    putImage(registry.store, 'from', '2', second);
    registry.faults.add({ match: { kind: 'mount' }, action: { kind: 'status', status: 405 } });
    const copy = new TestCopy(subject, { referrers: false });
    await copy.copy(`${registry.host}/from:1`, `${registry.host}/to:1`);
    const before = registry.counts()['mount'];
    await copy.copy(`${registry.host}/from:2`, `${registry.host}/to:2`);
    assert.equal(registry.counts()['mount'], before);
    assert.deepEqual([...missing(registry, 'to', '1', image), ...missing(registry, 'to', '2', second)], []);
  });
});

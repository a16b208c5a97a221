import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestCopy } from '../../test/support/client.ts';
import { appOn, missing, PLATFORMS, withSides } from '../../test/support/copying.ts';
import { putImage } from '../testing/index.ts';

const OLD = appOn(1, 2, { platforms: PLATFORMS });
const NEW = appOn(1, 3);

describe('layers that images before have', () => {
  test('are mounted from them, on a host that must be told where from', async () => {
    await withSides(
      async ({ source, target, subject }) => {
        putImage(source.store, 'new', '1', NEW);
        putImage(target.store, 'to/old', '1', OLD);
        const copy = new TestCopy(subject, { present: [[`${target.host}/to/old:1`, OLD.root.digest]] });
        await copy.copy(`${source.host}/new:1`, `${target.host}/to/new:1`);
        assert.deepEqual(missing(target, 'to/new', '1', NEW), []);
        assert.deepEqual([copy.progress.blobsSent, copy.progress.blobsMounted], [2, 1]);
        assert.equal(target.counts()['GET manifest'], 3, 'the index and its two children');
      },
      { target: { features: { anonymousMount: false } } },
    );
  });

  test('are mounted in the request that begins the upload, on a host that finds them itself', async () => {
    await withSides(async ({ source, target, subject }) => {
      putImage(source.store, 'new', '1', NEW);
      putImage(target.store, 'to/old', '1', OLD);
      const copy = new TestCopy(subject);
      await copy.copy(`${source.host}/new:1`, `${target.host}/to/new:1`);
      assert.deepEqual(missing(target, 'to/new', '1', NEW), []);
      assert.deepEqual([copy.progress.blobsSent, copy.progress.blobsMounted], [2, 1]);
      assert.equal(target.counts()['GET manifest'], undefined);
    });
  });

  test('are not asked for when nothing large is missing', async () => {
    await withSides(async ({ source, target, subject }) => {
      putImage(source.store, 'new', '1', NEW);
      putImage(target.store, 'to/new', undefined, NEW);
      putImage(target.store, 'to/old', '1', OLD);
      const copy = new TestCopy(subject, { present: [[`${target.host}/to/old:1`, OLD.root.digest]] });
      await copy.copy(`${source.host}/new:1`, `${target.host}/to/new:1`);
      assert.equal(target.counts()['GET manifest'], undefined);
      assert.equal(copy.progress.blobsPresent, 2);
    });
  });

  test('are sent when the images that may have them cannot be read', async () => {
    await withSides(
      async ({ source, target, subject }) => {
        putImage(source.store, 'new', '1', NEW);
        putImage(target.store, 'to/old', '1', OLD);
        target.faults.add({
          match: { method: 'GET', path: /to\/old\/manifests/ },
          action: { kind: 'status', status: 403 },
        });
        const copy = new TestCopy(subject, { present: [[`${target.host}/to/old:1`, OLD.root.digest]] });
        await copy.copy(`${source.host}/new:1`, `${target.host}/to/new:1`);
        assert.deepEqual(missing(target, 'to/new', '1', NEW), []);
        assert.equal(copy.progress.blobsSent, 3);
      },
      { target: { features: { anonymousMount: false } } },
    );
  });
});

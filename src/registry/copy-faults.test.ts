import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient, TestCopy } from '../../test/support/client.ts';
import { LARGE, missing, PLATFORMS, withSides } from '../../test/support/copying.ts';
import { buildImage, putImage } from '../testing/index.ts';
import { parseReference } from '../oci/index.ts';
import { RegistryError } from './errors.ts';

describe('what goes wrong', () => {
  test('an interrupted copy leaves no tag, and the next run sends only the rest', async () => {
    await withSides(async ({ source, target, subject }) => {
      const image = buildImage({ layers: [1, 2, 3, 4].map((seed) => ({ seed, size: LARGE })) });
      putImage(source.store, 'a', '1', image);
      target.faults.add({ match: { kind: 'PUT upload' }, after: 2, action: { kind: 'status', status: 403 } });
      const names = [`${source.host}/a:1`, `${target.host}/a:1`] as const;
      await assert.rejects(new TestCopy(subject).copy(...names), RegistryError);
      assert.equal(target.store.manifest('a', '1'), undefined);
      assert.equal(target.store.manifest('a', image.root.digest), undefined);
      assert.equal(target.openUploads, 0, 'what was begun is given up');
      const before = target.uploaded.blobs;
      target.faults.clear();
      using second = new TestClient();
      const copy = new TestCopy(second);
      await copy.copy(...names);
      assert.deepEqual(missing(target, 'a', '1', image), []);
      assert.ok(before >= 2);
      const present = image.blobs.length - copy.progress.blobsSent;
      assert.ok(present >= before - 1, 'only small blobs are sent twice');
    });
  });

  test('a root that is refused leaves no tag', async () => {
    await withSides(async ({ source, target, subject }) => {
      const image = buildImage({ platforms: PLATFORMS });
      putImage(source.store, 'a', '1', image);
      target.faults.add({
        match: { method: 'PUT', path: /manifests\/1$/ },
        action: { kind: 'status', status: 400, code: 'MANIFEST_INVALID', message: 'no room' },
      });
      await assert.rejects(new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`), {
        message: `${target.host}/a: cannot push manifest under tag "1": 400 Bad Request: MANIFEST_INVALID: no room`,
      });
      assert.equal(target.store.manifest('a', '1'), undefined);
    });
  });

  test('an immutable tag that refuses what it already is counts as done', async () => {
    await withSides(async ({ source, target, subject }) => {
      const image = buildImage();
      putImage(source.store, 'a', '1', image);
      const signal = new AbortController().signal;
      const { client } = subject;
      const [from, to] = [parseReference(`${source.host}/a:1`), parseReference(`${target.host}/a:1`)];
      putImage(target.store, 'a', '1', image);
      target.faults.add({ match: { kind: 'PUT manifest' }, action: { kind: 'status', status: 409 } });
      const job = { source: client.source(from), digest: image.root.digest, tag: '1', present: false };
      const copier = client.copier({
        referrers: false,
        onNotice: () => undefined,
        progress: new TestCopy(subject).progress,
      });
      await copier.copy({ ...job, target: client.target(to.repository) }, signal);
      target.store.deleteTag('a', '1');
      const other = client.copier({
        referrers: false,
        onNotice: () => undefined,
        progress: new TestCopy(subject).progress,
      });
      await assert.rejects(
        other.copy({ ...job, target: client.target(to.repository) }, signal),
        /409 Conflict/,
      );
    });
  });

  test('a manifest that arrives as another is an error', async () => {
    await withSides(async ({ source, target, subject }) => {
      putImage(source.store, 'a', '1', buildImage());
      const other = `sha256:${'2'.repeat(64)}`;
      target.faults.add({
        match: { kind: 'PUT manifest' },
        action: { kind: 'headers', set: { 'Docker-Content-Digest': other } },
      });
      await assert.rejects(
        new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`),
        new RegExp(`the registry stored it as ${other}, not as sha256:`),
      );
    });
  });

  test('a blob that the source does not have says so, of the source', async () => {
    await withSides(async ({ source, target, subject }) => {
      const image = buildImage({ layers: [{ seed: 1, size: LARGE }] });
      putImage(source.store, 'a', '1', image);
      const digest = image.blobs.find(({ bytes }) => bytes.length > 1000)?.digest;
      assert.ok(digest);
      source.store.deleteBlob('a', digest);
      await assert.rejects(new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`), {
        message: `${source.host}/a: cannot read blob ${digest}: the registry does not have it`,
      });
      assert.equal(target.openUploads, 0);
    });
  });

  test('the failure of one image does not fail another that shares its blobs', async () => {
    await withSides(async ({ source, target, subject }) => {
      const good = buildImage({ layers: [{ seed: 1, size: LARGE }] });
      const bad = buildImage({
        layers: [
          { seed: 1, size: LARGE },
          { seed: 2, size: LARGE },
        ],
      });
      putImage(source.store, 'bad', '1', bad);
      putImage(source.store, 'good', '1', good);
      const missingLayer = bad.blobs.find(
        (blob) => !good.blobs.some(({ digest }) => digest === blob.digest) && blob.bytes.length > 1000,
      );
      assert.ok(missingLayer);
      source.store.deleteBlob('bad', missingLayer.digest);
      // The bad image is first at the shared layer, and is given up in the middle of it.
      source.faults.add({
        match: { kind: 'GET blob', path: /\/bad\/.*/ },
        action: { kind: 'delay', ms: 20 },
      });
      const copy = new TestCopy(subject);
      const results = await Promise.allSettled([
        copy.copy(`${source.host}/bad:1`, `${target.host}/bad:1`),
        copy.copy(`${source.host}/good:1`, `${target.host}/good:1`),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      );
      assert.deepEqual(missing(target, 'good', '1', good), []);
    });
  });

  test('cancelling ends it with the reason, gives up what was begun and leaves no tag', async () => {
    await withSides(async ({ source, target, subject }) => {
      const image = buildImage({ layers: [1, 2, 3].map((seed) => ({ seed, size: LARGE })) });
      putImage(source.store, 'a', '1', image);
      source.faults.add({ match: { kind: 'GET blob' }, action: { kind: 'hang' } });
      const stop = new AbortController();
      const reason = new Error('stop');
      const copying = new TestCopy(subject).copy(`${source.host}/a:1`, `${target.host}/a:1`, stop.signal);
      const ended = assert.rejects(copying, (error) => error === reason);
      while ((source.counts()['GET blob'] ?? 0) < 4) await new Promise((resolve) => setImmediate(resolve));
      stop.abort(reason);
      await ended;
      assert.equal(target.store.manifest('a', '1'), undefined);
      assert.equal(target.openUploads, 0);
    });
  });
});

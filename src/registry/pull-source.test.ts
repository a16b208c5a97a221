import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient, TestCopy } from '../../test/support/client.ts';
import { appOn, missing } from '../../test/support/copying.ts';
import { buildCosignSignature, cosignTag, putImage, startRegistry } from '../testing/index.ts';

describe('a source behind a mirror', () => {
  test('is copied with its signatures where only the mirror can be reached', async () => {
    await using mirror = await startRegistry();
    await using target = await startRegistry();
    const image = appOn(1, 2);
    const signature = buildCosignSignature(image.root.digest);
    putImage(mirror.store, 'hub/app', '1', image);
    putImage(mirror.store, 'hub/app', cosignTag(image.root.digest, 'sig'), signature);
    using subject = new TestClient({
      registries: [
        {
          prefix: '127.0.0.1:9',
          location: '127.0.0.1:9',
          insecure: true,
          blocked: false,
          mirrors: [{ location: `${mirror.host}/hub`, insecure: true, use: 'all' }],
          file: 'registries.conf',
        },
      ],
    });
    await new TestCopy(subject).copy('127.0.0.1:9/app:1', `${target.host}/app:1`);
    assert.deepEqual(missing(target, 'app', '1', image), []);
    assert.deepEqual(missing(target, 'app', cosignTag(image.root.digest, 'sig'), signature), []);
    assert.deepEqual(
      subject.events.filter(({ registry }) => registry === '127.0.0.1:9'),
      [],
    );
  });
});

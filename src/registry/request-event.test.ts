import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { parseReference } from '../oci/index.ts';
import { buildImage, type FaultAction, putImage, startRegistry } from '../testing/index.ts';

const IMAGE = buildImage();
const [CONFIG] = IMAGE.blobs;
assert.ok(CONFIG);
const CONFIG_BLOB = { digest: CONFIG.digest, size: CONFIG.bytes.byteLength };

describe('an event', () => {
  test('names the host that was really asked', async () => {
    await using registry = await startRegistry({
      auth: { kind: 'token', users: [], anonymousPull: true, separateOrigin: true },
      features: { redirectBlobs: true },
    });
    putImage(registry.store, 'a', '1', IMAGE);
    using subject = new TestClient();
    const reader = subject.client.reader(parseReference(`${registry.host}/a:1`));
    await reader.resolve({ tag: '1', digest: undefined }, subject.signal);
    await reader.blob(CONFIG_BLOB, 1000, subject.signal);
    const seen = subject.events.map(({ registry: host, method, status }) => [
      host === registry.host ? 'registry' : 'other',
      method,
      status,
    ]);
    assert.deepEqual(seen, [
      ['registry', 'HEAD', 401],
      ['other', 'GET', 200],
      ['registry', 'HEAD', 200],
      ['registry', 'GET', 307],
      ['other', 'GET', 200],
    ]);
    assert.equal(new Set(subject.events.map(({ registry: host }) => host)).size, 3);
  });

  test('says what the answer says of the quota', async () => {
    await using registry = await startRegistry();
    putImage(registry.store, 'a', '1', IMAGE);
    const set = { 'RateLimit-Limit': '100;w=21600', 'RateLimit-Remaining': '41;w=21600' };
    registry.faults.add({ match: {}, times: 1, action: { kind: 'headers', set } });
    using subject = new TestClient();
    for (let round = 0; round < 2; round++) await subject.digestOf(`${registry.host}/a:1`);
    assert.deepEqual(
      subject.events.map(({ rateLimit }) => rateLimit),
      [{ limit: 100, remaining: 41, window: 21_600 }, undefined],
    );
  });

  test('says why there is no answer', async () => {
    await using registry = await startRegistry();
    putImage(registry.store, 'a', '1', IMAGE);
    using subject = new TestClient({ pace: { tries: 2 } });
    await subject.digestOf(`${registry.host}/a:1`);
    registry.reset();
    subject.events.length = 0;
    const cut: FaultAction = { kind: 'cut-request', afterBytes: 0 };
    registry.faults.add({ match: {}, times: 1, action: cut }, { match: {}, action: { kind: 'hang' } });
    const deadline = new AbortController();
    const reference = parseReference(`${registry.host}/a:1`);
    const reading = subject.client.resolve(reference, deadline.signal);
    const late = new DOMException('too late', 'TimeoutError');
    const ended = assert.rejects(reading, (error) => error === late);
    while (registry.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
    deadline.abort(late);
    await ended;
    await registry.stop();
    await assert.rejects(subject.client.resolve(reference, subject.signal));
    assert.deepEqual(
      subject.events.map(({ status, failure }) => `${status} ${failure}`),
      ['0 other', '0 timeout', '0 refused', '0 refused'],
    );
  });
});

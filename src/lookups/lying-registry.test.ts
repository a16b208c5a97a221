import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { listen } from '../../test/support/sending.ts';
import { MEDIA_TYPE } from '../oci/index.ts';
import { buildImage, putImage, startRegistry } from '../testing/index.ts';
import { TestLookups } from './test-lookups.ts';

const IMAGE = buildImage({ labels: { honest: 'yes' } });
const { digest } = IMAGE.root;

const CLAIMS: readonly (readonly [type: string, body: string | Uint8Array])[] = [
  [MEDIA_TYPE.schema1Signed, '{}'],
  [MEDIA_TYPE.schema1, IMAGE.root.bytes],
  [MEDIA_TYPE.ociManifest, IMAGE.root.bytes],
  [MEDIA_TYPE.ociIndex, IMAGE.root.bytes],
  [MEDIA_TYPE.ociManifest, '{}'],
  ['text/html', '<html>'],
  ['x/y', IMAGE.root.bytes],
];

for (const [type, body] of CLAIMS) {
  test(`a registry that calls ${typeof body === 'string' ? body : 'an image'} of others ${type} does not spoil it for them`, async () => {
    const liar = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': type, 'docker-content-digest': digest }).end(body);
    });
    using listening = await listen(liar);
    await using registry = await startRegistry();
    putImage(registry.store, 'shop', '1', IMAGE);
    using client = new TestClient();
    using run = new TestLookups(client.client);
    const [lie, truth] = [`127.0.0.1:${listening.port}/x@${digest}`, `${registry.host}/shop:1`];
    run.add(lie);
    await run.finish();
    run.add(truth);
    await run.finish();
    assert.deepEqual([run.reason(truth), run.statuses.get(truth)?.digest], ['ok', digest]);
    assert.equal(run.facts.get(digest)?.labels.get('honest'), 'yes');
  });
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf } from '../oci/index.ts';
import { payloadSpeaksOf, signatureTag, signedPayload, withSignature } from './signature-tag.ts';

const DIGEST = digestOf('image');
const SUBJECT = { repository: { registry: 'r.example:5000', path: 'team/app' }, digest: DIGEST };
const PAYLOAD =
  '{"critical":{"identity":{"docker-reference":"r.example:5000/team/app"},' +
  `"image":{"docker-manifest-digest":"${DIGEST}"},"type":"cosign container image signature"},"optional":null}`;

test('signatures are at a tag that is named after the digest', () => {
  assert.equal(signatureTag(DIGEST), `${DIGEST.replace(':', '-')}.sig`);
});

test('what is signed is what cosign signs, byte for byte', () => {
  assert.equal(signedPayload(SUBJECT).toString(), PAYLOAD);
  const hub = { repository: { registry: 'docker.io', path: 'library/nginx' }, digest: DIGEST };
  assert.match(signedPayload(hub).toString(), /"docker-reference":"index\.docker\.io\/library\/nginx"/);
});

describe('a payload speaks of an image', () => {
  for (const [what, payload, expected] of [
    ['as cosign writes it', PAYLOAD, true],
    ['with annotations', PAYLOAD.replace('null', '{"by":"ci"}'), true],
    ['laid out otherwise', JSON.stringify(JSON.parse(PAYLOAD), undefined, 2), true],
    ['of another digest', PAYLOAD.replace(DIGEST, digestOf('other')), false],
    ['of another repository', PAYLOAD.replace('team/app', 'team/other'), false],
    ['of another type', PAYLOAD.replace('cosign container', 'atomic container'), false],
    ['that is no JSON', 'signed', false],
    ['that is null', 'null', false],
    ['with a string for an object', '{"critical":"image"}', false],
  ] as const) {
    test(`${what}: ${expected}`, () => {
      assert.equal(payloadSpeaksOf(Buffer.from(payload), SUBJECT), expected);
    });
  }
});

const LAYER = (signature: string): object => ({
  mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
  size: PAYLOAD.length,
  digest: digestOf(PAYLOAD),
  annotations: { 'dev.cosignproject.cosign/signature': Buffer.from(signature).toString('base64') },
});

function read(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString());
}

describe('an image of signatures', () => {
  const first = withSignature(undefined, Buffer.from(PAYLOAD), Buffer.from('one'));
  const config = (count: number): object => ({
    architecture: '',
    created: '0001-01-01T00:00:00Z',
    history: Array.from({ length: count }, () => ({ created: '0001-01-01T00:00:00Z' })),
    os: '',
    rootfs: { type: 'layers', diff_ids: Array(count).fill(digestOf(PAYLOAD)) },
    config: {},
  });

  test('begins with one', () => {
    assert.deepEqual(read(first.config), config(1));
    assert.deepEqual(read(first.manifest), {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        size: first.config.length,
        digest: digestOf(first.config),
      },
      layers: [LAYER('one')],
    });
  });

  test('takes another, and keeps all that it had', () => {
    const marked = { ...Object(read(first.manifest)), annotations: { by: 'hand' }, extra: [1] };
    const manifest = Buffer.from(JSON.stringify(marked));
    const second = withSignature({ ...first, manifest }, Buffer.from(PAYLOAD), Buffer.from('two'));
    assert.deepEqual(read(second.config), config(2));
    assert.deepEqual(read(second.manifest), {
      ...marked,
      config: { ...marked.config, size: second.config.length, digest: digestOf(second.config) },
      layers: [LAYER('one'), LAYER('two')],
    });
  });

  for (const text of ['{}', 'no JSON', '{"rootfs":{}}', '[]']) {
    test(`takes another where the config counts no layers: ${text}`, () => {
      const image = { ...first, config: Buffer.from(text) };
      const second = withSignature(image, Buffer.from(PAYLOAD), Buffer.from('two'));
      assert.equal(Buffer.from(second.config).toString(), text);
      assert.deepEqual(Object(read(second.manifest)).layers, [LAYER('one'), LAYER('two')]);
    });
  }
});

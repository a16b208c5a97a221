import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bareMediaType,
  isForeignLayerType,
  isImageType,
  isIndexType,
  isSchema1Type,
  MANIFEST_MEDIA_TYPES,
  MEDIA_TYPE,
} from './media-type.ts';

test('every type that we accept is of one kind', () => {
  for (const type of MANIFEST_MEDIA_TYPES) {
    const kinds = [isIndexType(type), isImageType(type), isSchema1Type(type)].filter(Boolean);
    assert.equal(kinds.length, 1, type);
  }
  assert.equal(new Set(MANIFEST_MEDIA_TYPES).size, 6);
});

test('layers that may not be redistributed', () => {
  const oci = 'application/vnd.oci.image.layer.nondistributable.v1.tar';
  for (const type of [MEDIA_TYPE.dockerForeignLayer, oci, `${oci}+gzip`, `${oci}+zstd`]) {
    assert.ok(isForeignLayerType(type), type);
  }
  assert.ok(!isForeignLayerType(MEDIA_TYPE.ociLayerGzip));
});

test('a header without its parameters', () => {
  assert.equal(bareMediaType('Application/JSON; charset=utf-8'), 'application/json');
  assert.equal(bareMediaType(' a/b '), 'a/b');
  assert.equal(bareMediaType(''), '');
  assert.equal(bareMediaType(undefined), '');
});

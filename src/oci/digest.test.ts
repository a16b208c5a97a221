import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Digester, digestAlgorithm, digestFault, digestHex, digestOf, isDigest } from './digest.ts';

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('the digest of bytes and texts, in either algorithm', () => {
  assert.equal(digestOf(''), EMPTY);
  assert.equal(digestOf(new Uint8Array()), EMPTY);
  const hex = createHash('sha512').update('a').digest('hex');
  assert.equal(digestOf('a', 'sha512'), `sha512:${hex}`);
  assert.equal(digestAlgorithm(digestOf('a', 'sha512')), 'sha512');
  assert.equal(digestHex(digestOf('a', 'sha512')), hex);
  assert.equal(digestAlgorithm(digestOf('a')), 'sha256');
});

test('what is no digest is told apart', () => {
  assert.ok(isDigest(EMPTY));
  assert.equal(digestFault(EMPTY), undefined);
  for (const text of [
    '',
    'sha256',
    'sha256:',
    `${EMPTY}0`,
    EMPTY.toUpperCase(),
    `${EMPTY.slice(0, -1)}g`,
    ` ${EMPTY}`,
  ]) {
    assert.ok(!isDigest(text), text);
  }
});

test('a digester hashes pieces as one, by the algorithm of what it expects', () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const digester = new Digester(digestOf('expected', algorithm));
    digester.update(Buffer.from('ab'));
    digester.update(Buffer.from('c'));
    assert.equal(digester.finish(), digestOf('abc', algorithm));
  }
});

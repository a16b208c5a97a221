import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crc32c } from './crc32c.ts';

test('checksums are those of RFC 3720, as texts', () => {
  const crc32c = new Crc32c();
  assert.equal(crc32c.of(Buffer.from('123456789')), String(0xe3069283));
  assert.equal(crc32c.of(new Uint8Array(32)), String(0x8a9136aa));
});

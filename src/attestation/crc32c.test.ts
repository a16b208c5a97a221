import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from './crc32c.ts';

test('CRC-32C: the check value of the catalogue, and the examples of RFC 3720', () => {
  const cases: readonly [bytes: Uint8Array, sum: number][] = [
    [new Uint8Array(), 0],
    [Buffer.from('123456789'), 0xe3069283],
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
  ];
  for (const [bytes, sum] of cases) assert.equal(crc32c(bytes), sum);
});

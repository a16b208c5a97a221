import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSecretBox } from './secret-box.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const NONCE = Uint8Array.from({ length: 24 }, (_, index) => 100 + index);
/** What golang.org/x/crypto/nacl/secretbox, which cosign uses, makes of the text with these. */
const BOX = Buffer.from(
  '5939622edfc12b5763f22191688bfd9f63cdeda859ddee88c4dd47f540ea8f3849c34ccfc4d52263d2756ff263fdaca8' +
    'ca16807d3c17e88bd5627f037433a912aeb0cc747de5522c23802161fbc7ed0127aa6d',
  'hex',
);
const TEXT = 'attack at dawn, with sixty-five bytes so that two blocks are used!!';

test('a box that Go sealed opens with its key', () => {
  assert.equal(Buffer.from(openSecretBox(BOX, KEY, NONCE) ?? []).toString(), TEXT);
});

for (const [what, index] of [
  ['the tag', 0],
  ['the first block', 16],
  ['the last byte', BOX.length - 1],
] as const) {
  test(`a box with a flipped bit in ${what} does not`, () => {
    const spoilt = Buffer.from(BOX);
    spoilt[index] = (spoilt[index] ?? 0) ^ 1;
    assert.equal(openSecretBox(spoilt, KEY, NONCE), undefined);
  });
}

test('nor one with another key or nonce, nor one that is cut short', () => {
  assert.equal(openSecretBox(BOX, KEY.with(0, 1), NONCE), undefined);
  assert.equal(openSecretBox(BOX, KEY, NONCE.with(0, 1)), undefined);
  for (const length of [0, 15, 16, BOX.length - 1]) {
    assert.equal(openSecretBox(BOX.subarray(0, length), KEY, NONCE), undefined);
  }
});

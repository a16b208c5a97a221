import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../oci/index.ts';
import { inShard, parseShard, type Shard } from './shard.ts';

describe('parseShard', () => {
  const read: readonly (readonly [text: string, variable: string | undefined, shard: Shard])[] = [
    ['0/1', undefined, { index: 0, count: 1 }],
    ['3/4', '1', { index: 3, count: 4 }],
    ['4', '1', { index: 1, count: 4 }],
    ['/4', '0', { index: 0, count: 4 }],
  ];
  for (const [text, variable, shard] of read) {
    test(`${text} with ${variable}`, () =>
      assert.deepEqual(parseShard(text, { JOB_COMPLETION_INDEX: variable }), shard));
  }

  const refused: readonly (readonly [text: string, variable: string | undefined, message: string])[] = [
    ['', '0', 'it is neither i/n nor n'],
    ['1/2/3', '0', 'it is neither i/n nor n'],
    ['-1/2', '0', 'it is neither i/n nor n'],
    ['a/2', '0', 'it is neither i/n nor n'],
    ['0/0', '0', 'there are 0 shards, not between 1 and 1000'],
    ['1001', '0', 'there are 1001 shards, not between 1 and 1000'],
    ['4/4', '0', 'shard 4 is none of 0 to 3'],
    ['4', '4', 'JOB_COMPLETION_INDEX is 4, which is none of 0 to 3'],
    ['4', '-1', 'JOB_COMPLETION_INDEX is -1, which is none of 0 to 3'],
    ['4', '', 'it does not say which shard this is, and JOB_COMPLETION_INDEX is not set'],
    ['/4', undefined, 'it does not say which shard this is, and JOB_COMPLETION_INDEX is not set'],
  ];
  for (const [text, variable, message] of refused) {
    test(`refuses "${text}" with ${variable}`, () =>
      assert.throws(() => parseShard(text, { JOB_COMPLETION_INDEX: variable }), { message }));
  }
});

describe('inShard', () => {
  test('every digest is in one shard, whatever its algorithm', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), (content, count) => {
        for (const digest of [digestOf(content), digestOf(content, 'sha512')]) {
          const shards = Array.from({ length: count }, (_, index) => index);
          assert.equal(shards.filter((index) => inShard(digest, { index, count })).length, 1);
        }
      }),
    );
  });

  test('shards have about as many', () => {
    const digests = Array.from({ length: 4000 }, (_, seed) => digestOf(String(seed)));
    for (const index of [0, 1, 2, 3]) {
      const share = digests.filter((digest) => inShard(digest, { index, count: 4 })).length;
      assert.ok(Math.abs(share - 1000) < 100, `shard ${index} has ${share}`);
    }
  });
});

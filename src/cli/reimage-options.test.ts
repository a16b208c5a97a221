import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFlags } from './go-flags.ts';
import { REIMAGE_FLAGS } from './reimage-flags.ts';
import { readOptions } from './reimage-options.ts';

function optionsOf(...argv: readonly string[]): ReturnType<typeof readOptions> {
  return readOptions(parseFlags(REIMAGE_FLAGS, argv), { JOB_COMPLETION_INDEX: '2' });
}

describe('readOptions', () => {
  test('without flags: look, change nothing', () => {
    const { renameIgnore, ...options } = optionsOf();
    assert.equal(renameIgnore.pattern, '^$');
    assert.deepEqual(options, {
      input: 'k8s',
      rules: { typed: [], raw: [] },
      failOnUnmatched: false,
      ignore: undefined,
      rename: undefined,
      forceDigest: false,
      keepTag: false,
      clobber: false,
      copy: true,
      referrers: true,
      staticMapping: undefined,
      verifyStaticMapping: true,
      allowMissing: false,
      writeMapping: { file: undefined, image: undefined, imagesLock: undefined, kbldLock: undefined },
      mappingsOnly: false,
      shard: undefined,
      shardPatience: 60_000,
      dryRun: false,
      plan: false,
      jobs: 32,
    });
  });

  test('every spelling of a flag is the same flag', () => {
    const spellings: readonly (readonly [string, string, string])[] = [
      ['rename-remote-path', 'remote-path', 'r.example/x'],
      ['write-json-mappings-file', 'write-mappings-file', 'm.json'],
      ['write-json-mappings-img', 'write-mappings-img', 'r.example/m:1'],
      ['static-json-mappings-file', 'static-mappings-file', 'm.json'],
      ['static-json-mappings-img', 'static-mappings-img', 'r.example/m:1'],
    ];
    for (const [name, alias, value] of spellings) {
      const plain = JSON.stringify(optionsOf(`-${name}`, value));
      assert.notEqual(plain, JSON.stringify(optionsOf()), name);
      assert.equal(JSON.stringify(optionsOf(`--${alias}=${value}`)), plain);
    }
  });

  test('renaming needs a remote path', () => {
    assert.equal(optionsOf('-rename-remote-path', 'r.example/x').rename?.remotePath, 'r.example/x');
    assert.equal(optionsOf('-rename-template', 'x').rename, undefined);
    const options = optionsOf('-remote-path', 'r.example/x', '-static-mappings-file', 'm.json');
    assert.deepEqual(options.staticMapping, { kind: 'file', path: 'm.json' });
  });

  test('a shard is one of those that share out a mapping', () => {
    const given = ['-mappings-only', '-static-mappings-file', 'm.json', '-shard'];
    assert.deepEqual(optionsOf(...given, '1/4').shard, { index: 1, count: 4 });
    const { shard, shardPatience } = optionsOf(...given, '4', '-shard-wait', '0');
    assert.deepEqual([shard, shardPatience], [{ index: 2, count: 4 }, 0]);
    assert.throws(() => optionsOf(...given, '2'), {
      name: 'UsageError',
      message: 'invalid value "2" for flag -shard: JOB_COMPLETION_INDEX is 2, which is none of 0 to 1',
    });
    assert.throws(() => optionsOf('-shard', '0/4'), {
      name: 'UsageError',
      message: '-shard shares out a mapping: it needs -mappings-only',
    });
  });

  test('each file that is written has a name of its own', () => {
    assert.throws(() => optionsOf('-write-mappings-file', 'm', '-write-kbld-lock-file', './m'), {
      name: 'UsageError',
      message: '-write-json-mappings-file and -write-kbld-lock-file name the same file, ./m',
    });
    const { writeMapping } = optionsOf('-write-mappings-file', 'm', '-static-mappings-file', 'm');
    assert.equal(writeMapping.file, 'm', 'a mapping may be brought up to date');
  });

  test('-keep-tag pins too', () => {
    const { forceDigest, keepTag } = optionsOf('-keep-tag');
    assert.deepEqual([forceDigest, keepTag], [true, true]);
  });
});

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
      ignore: undefined,
      rename: undefined,
      forceDigest: false,
      keepTag: false,
      clobber: false,
      copy: true,
      referrers: true,
      staticMapping: undefined,
      verifyStaticMapping: true,
      writeMapping: { file: undefined, image: undefined },
      mappingsOnly: false,
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

  test('renaming needs a remote path, and no static mapping', () => {
    assert.equal(optionsOf('-rename-remote-path', 'r.example/x').rename?.remotePath, 'r.example/x');
    assert.equal(optionsOf('-rename-template', 'x').rename, undefined);
    const options = optionsOf('-remote-path', 'r.example/x', '-static-mappings-file', 'm.json');
    assert.equal(options.rename, undefined);
    assert.deepEqual(options.staticMapping, { kind: 'file', path: 'm.json' });
  });

  test('-keep-tag pins too', () => {
    const { forceDigest, keepTag } = optionsOf('-keep-tag');
    assert.deepEqual([forceDigest, keepTag], [true, true]);
  });
});

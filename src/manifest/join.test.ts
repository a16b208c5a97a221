import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinManifests } from './join.ts';

describe('joinManifests', () => {
  const table: readonly (readonly [files: readonly string[], output: string])[] = [
    [[], ''],
    [['', ''], ''],
    [['a: 1'], 'a: 1'],
    [['', '\uFEFF{"a":1}'], '\uFEFF{"a":1}'],
    [['a: 1', 'b: 2'], 'a: 1\n---\nb: 2'],
    [['a: 1\n', '---\nb: 2\n'], 'a: 1\n---\nb: 2\n'],
    [['a: 1\n', '--- # x\nb: 2\n'], 'a: 1\n--- # x\nb: 2\n'],
    [['a: 1\r\n', '---\r\nb: 2\r\n'], 'a: 1\r\n---\r\nb: 2\r\n'],
    [['a: 1\n', '---b: 2\n'], 'a: 1\n---\n---b: 2\n'],
    [['a: 1\n', '# x\n---\nb: 2\n'], 'a: 1\n---\n# x\n---\nb: 2\n'],
    [['a: 1\n...\n', '%YAML 1.2\n---\nb: 2\n'], 'a: 1\n...\n...\n%YAML 1.2\n---\nb: 2\n'],
    [['\uFEFFa: 1\n', '\uFEFF---\nb: 2\n'], 'a: 1\n---\nb: 2\n'],
    [['{"a":1}', '{"b":2}{"c":3}'], '{"a":1}\n{"b":2}{"c":3}'],
    [['{"a":1}{"b":2}\n', 'c: 3\n'], '---\n{"a":1}\n---\n{"b":2}\n---\nc: 3\n'],
    [['a: 1\n', ' {"b":2}'], 'a: 1\n---\n {"b":2}'],
    [['{a: 1}\n---\n{b: [2]}\nc: 3', 'd: 4'], '---\n{a: 1}\n---\n{b: [2]}\nc: 3\n---\nd: 4'],
  ];
  for (const [files, output] of table) {
    test(JSON.stringify(files), () => {
      assert.equal(Buffer.from(joinManifests(files.map((file) => Buffer.from(file)))).toString(), output);
    });
  }
});

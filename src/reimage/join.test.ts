import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinManifests } from './join.ts';
import { jsonValues } from './json-values.ts';

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

describe('jsonValues', () => {
  const table: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['{"a":{"b":[1]}}', ['{"a":{"b":[1]}}']],
    ['{"a":"}{"}\n[1] {}\n', ['{"a":"}{"}', '\n[1]', ' {}\n']],
    ['{"a":"\\"}"}{"ü":1}', ['{"a":"\\"}"}', '{"ü":1}']],
    ['', undefined],
    ['{a: 1}', undefined],
    ['{"a":1}\n---\n{"b":2}', undefined],
    ['{"a":1', undefined],
    ['{"a":1}}', undefined],
  ];
  for (const [text, expected] of table) {
    test(JSON.stringify(text), () => {
      assert.deepEqual(jsonValues(Buffer.from(text))?.map(String), expected);
    });
  }
});

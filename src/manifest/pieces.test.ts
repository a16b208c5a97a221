import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManifestError } from './errors.ts';
import { filePieces } from './pieces.ts';

function texts(bytes: Uint8Array): string[] {
  return [...filePieces({ name: 'a.yaml', bytes })].map(({ text }) => text);
}

test('a file is cut before its markers, unless directives or later byte order marks need the whole', () => {
  const cases: readonly (readonly string[])[] = [
    [],
    ['a: b\n'],
    ['a: b\n', '---\nc: d\n', '--- # x\n', '---'],
    ['---\r\na: |\r\n  ---\r\n', '---\t\r\né\r\n'],
    ['a: b\n---x\n --- \n----\n'],
    ['a: b\n...\n%TAG ! !x\n---\nc: d\n'],
    ['%YAML 1.2\n---\nc: d\n---\ne: f\n'],
    ['\uFEFF%YAML 1.2\n---\nc: d\n---\ne: f\n'],
    ['a: b\n\uFEFF---\nc: d\n---\n'],
    ['\uFEFFa: b\n', '---\nc: d\n'],
  ];
  for (const pieces of cases) assert.deepEqual(texts(Buffer.from(pieces.join(''))), pieces);
});

test('the pieces are the file', () => {
  const line = fc.constantFrom('---', '--- x', '...', 'a: é', '# 😀', '%YAML 1.2', '', '\uFEFF');
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, end) => {
      const text = lines.join(end);
      assert.equal(texts(Buffer.from(text)).join(''), text);
    }),
  );
});

test('what is not UTF-8 is refused where it begins to be something else', () => {
  const utf16 = 'a.yaml:1:1 (document 1): the file is UTF-16 or UTF-32; manifests must be UTF-8';
  const cases: readonly (readonly [bytes: Buffer, message: string])[] = [
    [Buffer.from('\uFEFFa: b', 'utf16le'), utf16],
    [Buffer.from('\uFEFFa: b', 'utf16le').swap16(), utf16],
    [Buffer.from('a: b', 'utf16le'), utf16],
    [Buffer.from('a: b', 'utf16le').swap16(), utf16],
    [Buffer.from('a: b\nüb: \xe9t\xe9\n', 'latin1'), 'a.yaml:2:1 (document 1): the byte 0xfc is not UTF-8'],
    [
      Buffer.concat([Buffer.from('x\nné 😀 '), Buffer.from([0xc0, 0x80])]),
      'a.yaml:2:6 (document 1): the byte 0xc0 is not UTF-8',
    ],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(
      () => texts(bytes),
      (error) => error instanceof ManifestError && error.message === message,
      message,
    );
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { digestOf, parseReference } from '../oci/index.ts';
import { formatMapping, type Mapping, type MappingEntry, MappingIndex, parseMapping } from './mapping.ts';

const DIGEST = digestOf('image');
const OTHER = digestOf('other');

function entry(tag: string, digest = DIGEST): MappingEntry {
  return { tag, digest };
}

describe('formatMapping', () => {
  const table: readonly (readonly [Mapping, string])[] = [
    [new Map(), '{}'],
    [
      new Map([
        ['b', entry('r/b:1')],
        ['a', entry('r/a:1')],
        ['B', entry('r/c:1')],
        ['a/b', entry('x')],
        ['a-b', entry('y')],
      ]),
      `{"B":{"tag":"r/c:1","digest":"${DIGEST}"},"a":{"tag":"r/a:1","digest":"${DIGEST}"},"a-b":{"tag":"y","digest":"${DIGEST}"},"a/b":{"tag":"x","digest":"${DIGEST}"},"b":{"tag":"r/b:1","digest":"${DIGEST}"}}`,
    ],
    [
      new Map([['a<b>&', entry('\u2028"')]]),
      String.raw`{"a\u003cb\u003e\u0026":{"tag":"\u2028\"","digest":"${DIGEST}"}}`,
    ],
  ];
  for (const [mapping, text] of table) test(text, () => assert.equal(formatMapping(mapping), text));
});

describe('parseMapping', () => {
  const read: readonly (readonly [string, Mapping])[] = [
    ['{}', new Map()],
    [' {"a": {"tag": "b", "digest": "DIGEST"}}\n', new Map([['a', entry('b')]])],
    [
      '{"a":{"TAG":"b","Digest":"DIGEST","vulncheckResult":{"Ignored":null},"x":1}}',
      new Map([['a', entry('b')]]),
    ],
    ['{"a":{"tag":"x","Tag":"b","digest":"DIGEST"}}', new Map([['a', entry('b')]])],
  ];
  for (const [text, mapping] of read) {
    test(text, () => assert.deepEqual(parseMapping(text.replaceAll('DIGEST', DIGEST), 'm.json'), mapping));
  }

  const refused: readonly (readonly [string, string])[] = [
    ['', 'm.json is not JSON'],
    ['[1]', 'm.json is not a JSON object of images'],
    ['null', 'm.json is not a JSON object of images'],
    ['{"a":"b"}', 'm.json: image "a" has no object with tag and digest'],
    ['{"A":{}}', 'm.json: image "A"'],
    ['{"a":{"digest":"DIGEST"}}', 'm.json: image "a" has no tag'],
    ['{"a":{"tag":1,"digest":"DIGEST"}}', 'm.json: image "a" has no tag'],
    ['{"a":{"tag":"","digest":"DIGEST"}}', 'm.json: image "a"'],
    ['{"a":{"tag":"b"}}', 'm.json: image "a" has no digest'],
    [
      '{"a":{"tag":"b","digest":"md5:1"}}',
      'm.json: image "a": digest algorithm "md5" is not sha256 or sha512',
    ],
  ];
  for (const [text, message] of refused) {
    test(`refused: ${text}`, () => {
      assert.throws(() => parseMapping(text.replaceAll('DIGEST', DIGEST), 'm.json'), {
        name: 'MappingError',
        message,
      });
    });
  }
});

test('what is printed is read back', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const name = fc.tuple(part, part, part).map(([host, path, tag]) => `${host}.io/${path}:${tag}`);
  const value = fc.tuple(name, fc.string()).map(([tag, content]) => entry(tag, digestOf(content)));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (entries) => {
      const mapping = new Map(entries);
      const text = formatMapping(mapping);
      assert.deepEqual(parseMapping(text, 'm'), mapping);
      assert.equal(formatMapping(parseMapping(text, 'm')), text);
    }),
  );
});

describe('MappingIndex', () => {
  const index = new MappingIndex(
    new Map([
      ['docker.io/library/nginx:latest', entry('long')],
      ['nginx:1', entry('short', OTHER)],
      ['redis', entry('exact')],
      ['docker.io/redis', entry('another')],
      ['busybox', entry('same')],
      ['docker.io/busybox', entry('same')],
    ]),
  );
  const table: readonly (readonly [string, string | undefined])[] = [
    ['nginx', 'long'],
    ['index.docker.io/nginx:latest', 'long'],
    ['docker.io/nginx:1', 'short'],
    ['redis', 'exact'],
    ['docker.io/redis', 'another'],
    ['nginx:2', undefined],
    [`nginx@${DIGEST}`, undefined],
    ['quay.io/library/nginx', undefined],
    ['index.docker.io/busybox', 'same'],
  ];
  for (const [image, tag] of table) {
    test(image, () => assert.equal(index.find(parseReference(image))?.tag, tag));
  }

  test('spellings that differ do not decide for a third one', () => {
    assert.throws(() => index.find(parseReference('index.docker.io/library/redis:latest')), {
      name: 'MappingError',
      message:
        'the static mapping has "redis" and "docker.io/redis" for it, which differ: it takes an entry for this spelling',
    });
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonPathCompiler, JsonPathFault } from './json-path.ts';

const VALUE = {
  spec: { image: 'a', 'a.b': 'b', parts: [{ name: 'x1', ref: 'c' }, { name: 'y', ref: 'd' }, 'text'] },
  pattern: '^x',
};

test('paths of RFC 9535 give the locations of what they select', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    '$.spec.image': ['spec/image'],
    '$..ref': ['spec/parts/0/ref', 'spec/parts/1/ref'],
    "$.spec['a.b']": ['spec/a.b'],
    '$.spec.parts[-2].ref': ['spec/parts/1/ref'],
    '$.spec.parts[*].name': ['spec/parts/0/name', 'spec/parts/1/name'],
    "$.spec.parts[?@.name=='y'].ref": ['spec/parts/1/ref'],
    "$.spec.parts[?search(@.name, '(?i)X')].ref": ['spec/parts/0/ref'],
    "$.spec.parts[?match(@.name, 'x|y')].ref": ['spec/parts/1/ref'],
    "$.spec.parts[?match(@.name, 'x.')].ref": ['spec/parts/0/ref'],
    '$.spec.parts[?search(@.name, $.pattern)].ref': ['spec/parts/0/ref'],
    '$.spec.parts[?search(@.name, $.spec.missing)].ref': [],
    '$.spec.image.tag': [],
    '$.nothing.at.all': [],
  };
  for (const [path, expected] of Object.entries(cases)) {
    const locations = new JsonPathCompiler().compile(path).locate(VALUE);
    assert.deepEqual(
      locations.map((location) => location.join('/')),
      expected,
      path,
    );
  }
});

test('a pattern from the manifest that is none matches nothing', () => {
  const path = new JsonPathCompiler().compile('$[?search(@.name, @.pattern)]');
  assert.deepEqual(
    path.locate([
      { name: 'a', pattern: '(' },
      { name: 'a', pattern: 'a' },
    ]),
    [[1]],
  );
});

test('a pattern that backtracks for ever elsewhere comes to an end', () => {
  const path = new JsonPathCompiler().compile("$[?match(@, '(a+)+')]");
  assert.deepEqual(path.locate([`${'a'.repeat(5000)}b`, 'aa']), [[1]]);
});

test('deep values are searched to the end', () => {
  let value: { [key: string]: unknown } & object = { image: 'x' };
  for (let depth = 0; depth < 200; depth += 1) value = { a: value };
  const json: unknown = JSON.parse(JSON.stringify(value));
  assert(isJson(json));
  assert.equal(new JsonPathCompiler().compile('$..image').locate(json)[0]?.length, 201);
});

function isJson(value: unknown): value is { [key: string]: string } {
  return typeof value === 'object' && value !== null;
}

test('the spellings of older dialects are refused with the spelling of the RFC', () => {
  const cases: Readonly<Record<string, string>> = {
    'spec.image': '$.spec.image',
    '.spec.image': '$.spec.image',
    '{.spec.image}': '$.spec.image',
    '{$.spec.parts[*].ref}': '$.spec.parts[*].ref',
    '$.spec.a\\.b': "$.spec['a.b']",
    '{.metadata.annotations.example\\.com/image}': "$.metadata.annotations['example.com/image']",
    '$.spec.parts[?(@.name =~ /a\\.b/)]': "$.spec.parts[?(search(@.name, 'a\\\\.b'))]",
    '$.spec.parts[?(@.name =~ /^x\\d/)].ref': "$.spec.parts[?(search(@.name, '^x\\\\d'))].ref",
    '$.spec.parts[?(@.name =~ /a\\/b/i)].ref': "$.spec.parts[?(search(@.name, '(?i)a/b'))].ref",
    '$.spec.parts[(@.length-1)].ref': '$.spec.parts[-1].ref',
    "$.spec.parts[?(@.name='x')].ref": "$.spec.parts[?(@.name=='x')].ref",
  };
  for (const [path, rfc] of Object.entries(cases)) {
    assert.throws(
      () => new JsonPathCompiler().compile(path),
      (error) => {
        assert(error instanceof JsonPathFault);
        const [, hint = ''] = error.message.split('; in RFC 9535 it is spelled ');
        assert.equal(hint, rfc, `${path}: ${error.message}`);
        return true;
      },
    );
  }
});

test('what is no path in any dialect is refused with the reason', () => {
  const cases: Readonly<Record<string, RegExp>> = {
    '$.spec[': /^.+ at character \d+$/,
    '': /^.+ at character \d+$/,
    '$[?nope(@.a)]': /^no such function 'nope' at character 4$/,
    "$[?search(@.a, '(')]": /^error parsing regexp: missing closing \): `\(`$/,
  };
  for (const [path, message] of Object.entries(cases)) {
    assert.throws(() => new JsonPathCompiler().compile(path), { name: 'JsonPathFault', message });
  }
});

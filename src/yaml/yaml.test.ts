import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT_ID, getScalarValue, readEvents, YamlFault } from './yaml.ts';

/** The scalars of a text, each as its source and, where that differs, its value. */
function scalars(text: string): string[] {
  const found: string[] = [];
  for (const event of readEvents(text)) {
    if (event.type !== EVENT_ID.SCALAR) continue;
    const source = text.slice(event.valueStart, event.valueEnd);
    const value = getScalarValue(text, event);
    found.push(source === value ? source : `${source} = ${value}`);
  }
  return found;
}

test('indentation within quotes and brackets is free, as it is for kubectl', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'a: {\n  b: c\n}\nd: e\n': ['a', 'b', 'c', 'd', 'e'],
    'a: [b,\nc,\n\nd]\ne: f': ['a', 'b', 'c', 'd', 'e', 'f'],
    'a:\n  b: {\n\t"c": "d",\n\t"e": [\n"f"\n]}\n': ['a', 'b', 'c', 'd', 'e', 'f'],
    'a: "b\nc\n\nd"\ne: f': ['a', 'b\nc\n\nd = b c\nd', 'e', 'f'],
    "a: 'b\r\nc'\r\ne: &x {\r\n}": ['a', 'b\r\nc = b c', 'e'],
  };
  for (const [text, expected] of Object.entries(cases)) assert.deepEqual(scalars(text), expected);
});

test('a stream of JSON values is read value by value', () => {
  assert.deepEqual(scalars('{"a":1}{"b\\u0041":"\\/"}\n["c"]'), ['a', '1', 'b\\u0041 = bA', '\\/ = /', 'c']);
});

test('faults have their offset in the text as it was', () => {
  const cases: readonly (readonly [text: string, reason: string, offset: number])[] = [
    ['a: b: c', 'bad indentation of a mapping entry', 4],
    ['a: {\n}\nb: {\n}\nc: d: e', 'bad indentation of a mapping entry', 18],
    ['{"a": 1}\n{"a": 1,}', 'this is not valid JSON', 9],
    [
      '{"a": 1} {"a":\n' + '['.repeat(2000) + ']'.repeat(2000) + '}',
      'nesting exceeded maxDepth (1000)',
      1013,
    ],
    ['a: "\n', 'unexpected end of the stream within a double quoted scalar', 5],
    ['a: \0', 'null byte is not allowed in input', 3],
  ];
  for (const [text, reason, offset] of cases) {
    assert.throws(
      () => readEvents(text),
      (error) => error instanceof YamlFault && error.message === reason && error.offset === offset,
      text,
    );
  }
});

test('deep nesting is read, absurd nesting refused', () => {
  assert.equal(readEvents('['.repeat(900) + ']'.repeat(900)).length, 1802);
  assert.throws(() => readEvents('['.repeat(100_000)), YamlFault);
});

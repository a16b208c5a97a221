import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManifestError, type Place } from '../manifest/index.ts';
import { type Failure, failureAt, failureOf, inInputOrder, RunError } from './failure.ts';

function place(file: string, line: number, column = 1, document = 1): Place {
  return { file, document, line, column };
}

describe('failureOf', () => {
  const cause = new Error('the cause');
  const table: readonly (readonly [string, unknown, string])[] = [
    ['an error', new Error('it broke'), 'it broke'],
    ['its cause', new Error('it broke', { cause }), 'it broke: the cause'],
    ['a cause it tells already', new Error('it broke: the cause', { cause }), 'it broke: the cause'],
    ['a cause of a cause', new Error('a', { cause: new Error('b', { cause }) }), 'a: b: the cause'],
    ['several lines', new Error('one \n  two\nthree'), 'one two three'],
    [
      'what the system says',
      new Error('cannot read x: why', { cause: Object.assign(new Error('ENOENT: x'), { syscall: 'open' }) }),
      'cannot read x: why',
    ],
    ['no error at all', 'text', 'text'],
  ];
  for (const [name, error, message] of table) {
    test(name, () => {
      assert.deepEqual(failureOf(error), { message, cause: error, place: undefined });
      assert.equal(failureOf(error, 'about').message, `about: ${message}`);
    });
  }

  test('a manifest error brings its place', () => {
    const at = place('a.yaml', 3, 4);
    const error = new ManifestError(at, 'it is odd');
    assert.deepEqual(failureOf(error), {
      message: 'a.yaml:3:4 (document 1): it is odd',
      cause: error,
      place: at,
    });
  });
});

describe('failureAt', () => {
  const error = new Error('it broke');
  const [a, b, c] = [place('a', 1), place('a', 2), place('b', 1)];
  const table: readonly (readonly [Place[], string | undefined, string])[] = [
    [[], undefined, 'it broke'],
    [[], 'x', 'x: it broke'],
    [[a], undefined, 'a:1:1 (document 1): it broke'],
    [[a], 'x', 'a:1:1 (document 1): x: it broke'],
    [[a, b], 'x', 'a:1:1 (document 1) and 1 more place: x: it broke'],
    [[a, b, c], undefined, 'a:1:1 (document 1) and 2 more places: it broke'],
  ];
  for (const [places, about, message] of table) {
    test(message, () => {
      assert.deepEqual(failureAt(places, error, about), { message, cause: error, place: places[0] });
    });
  }
});

function failedAt(message: string, where: Place | undefined): Failure {
  return { message, cause: undefined, place: where };
}

test('failures come in the order of files, documents, lines and columns; those without a place last', () => {
  const failures = [
    failedAt('none', undefined),
    failedAt('6', place('a', 1)),
    failedAt('5', place('b', 9, 1, 2)),
    failedAt('4', place('b', 10, 1)),
    failedAt('3', place('b', 9, 7)),
    failedAt('1', place('b', 9, 2)),
    failedAt('none either', undefined),
    failedAt('2', place('b', 9, 2)),
  ];
  const ordered = inInputOrder(failures, ['b', 'a']).map(({ message }) => message);
  assert.deepEqual(ordered, ['1', '2', '3', '4', '5', '6', 'none', 'none either']);
});

test('a RunError is its failures, one a line', () => {
  const error = new RunError([failureOf(new Error('one')), failureOf(new Error('two'))]);
  assert.equal(error.message, 'one\ntwo');
});

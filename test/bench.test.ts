import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Figures, type Goal, type Measured, type RowResult, US } from '../bench/row.ts';
import { cellsOf, headOf, printTable, SUMMARY_HEAD, summaryOf } from '../bench/table.ts';
import { limitsOf, missed, timesOurs } from '../bench/verdict.ts';

function resultOf(goal: Goal, measured: readonly Measured[], known: readonly Measured[] = []): RowResult {
  const row = { name: 'row', work: 'some work', goal, known, measure: async () => measured };
  return { row, measured };
}

const OURS: Measured = { subject: US, milliseconds: 400, requests: 1200, connections: 8, memory: 99_600_000 };
const PEER: Measured = { subject: 'crane', milliseconds: 1000, requests: 2400, blobs: 3 };
const SLOW: Measured = { subject: 'skopeo', milliseconds: 12_300 };
const GO: Measured = { subject: 'Go reimage', milliseconds: 78_600, requests: 720 };

describe('limits', () => {
  const cases: readonly (readonly [string, Goal, readonly Measured[], Figures])[] = [
    ['are the goal', { milliseconds: 5, requests: 2 }, [OURS, PEER], { milliseconds: 5, requests: 2 }],
    ['are so much beyond the first peer', { beyondPeer: 15 }, [OURS, PEER, SLOW], { milliseconds: 1015 }],
    [
      'are a part of its rate',
      { rateOfPeer: 0.8, memory: 7 },
      [OURS, PEER],
      { milliseconds: 1250, memory: 7 },
    ],
    ['are open without the peer', { beyondPeer: 15, blobs: 1 }, [OURS], { blobs: 1 }],
    ['are open when the peer was not timed', { rateOfPeer: 0.8 }, [OURS, { subject: 'curl' }], {}],
  ];
  for (const [name, goal, measured, expected] of cases) {
    test(name, () => assert.deepEqual(limitsOf(resultOf(goal, measured)), expected));
  }
});

describe('what is missed', () => {
  const cases: readonly (readonly [string, Figures, Figures, readonly string[]])[] = [
    ['nothing at the limit', { milliseconds: 5, requests: 2 }, { milliseconds: 5, requests: 2 }, []],
    ['nothing without a limit', { milliseconds: 5 }, { requests: 2 }, []],
    ['nothing that was not measured', { requests: 2 }, { milliseconds: 5, requests: 2 }, []],
    [
      'everything above its limit, in order',
      { memory: 2, blobs: 2, requests: 2, milliseconds: 2 },
      { milliseconds: 1, requests: 1, blobs: 1, memory: 1 },
      ['time', 'requests', 'blobs', 'memory'],
    ],
  ];
  for (const [name, us, limits, expected] of cases) {
    test(name, () => assert.deepEqual(missed(us, limits), expected));
  }
});

test('ratios are of the other to us, where both were timed', () => {
  assert.equal(timesOurs(OURS, PEER), 2.5);
  assert.equal(timesOurs(undefined, PEER), undefined);
  assert.equal(timesOurs({ requests: 1 }, PEER), undefined);
  assert.equal(timesOurs(OURS, { subject: 'curl' }), undefined);
});

describe('the table', () => {
  const result = resultOf({ milliseconds: 1500, requests: 130 }, [OURS, SLOW, PEER], [GO]);

  test('has us, the goal with its verdict, the peers, and what is known', () => {
    assert.deepEqual(cellsOf(result), [
      ['reimage', '400 ms', '1,200', '8', '–', '100 MB', '1'],
      ['goal', '≤ 1.50 s', '≤ 130', '–', '–', '–', 'missed: requests'],
      ['skopeo', '12.30 s', '–', '–', '–', '–', '31'],
      ['crane', '1.00 s', '2,400', '–', '3', '–', '2.5'],
      ['Go reimage †', '78.60 s', '720', '–', '–', '–', '197'],
    ]);
    for (const cells of cellsOf(result)) assert.equal(cells.length, headOf({}).length);
  });

  test('says when a goal is reached', () => {
    assert.equal(cellsOf(resultOf({ milliseconds: 400 }, [OURS]))[1]?.at(-1), 'reached');
  });

  test('in short has the best of the peers and the Go program', () => {
    const cells = summaryOf(result);
    assert.equal(cells.length, SUMMARY_HEAD.length);
    assert.deepEqual(cells, [
      'row',
      '400 ms, 1,200 requests',
      '≤ 1.50 s, ≤ 130 requests',
      'crane: 1.00 s, 2,400 requests',
      '2.5',
      '78.60 s, 720 requests',
      '197',
    ]);
  });

  test('in short has dashes for what there is not', () => {
    assert.deepEqual(summaryOf(resultOf({}, [])), ['row', '–', '–', '–', '–', '–', '–']);
  });

  test('on a terminal has columns below each other', () => {
    assert.equal(
      printTable([resultOf({ requests: 2000 }, [OURS])]),
      `             time  requests  connections  blobs sent  peak memory  times ours

row: some work
  reimage  400 ms     1,200            8           –       100 MB           1
  goal          –   ≤ 2,000            –           –            –     reached

† measured when the goals were set, not in this run
`,
    );
  });
});

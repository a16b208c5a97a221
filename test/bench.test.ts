import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { printMarkdown } from '../bench/markdown.ts';
import { EXPORTER, type Figures, type Goal, type Measured, type RowResult, US } from '../bench/row.ts';
import { sampleOf } from '../bench/scrapes.ts';
import {
  cellsOf,
  EXPORTER_SUMMARY_HEAD,
  headOf,
  printTable,
  SUMMARY_HEAD,
  summaryOf,
} from '../bench/table.ts';
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
    [
      'all that only the exporter has',
      { connections: 2, settled: 2, stall: 2, scrape: 2, apiRequests: 1 },
      { connections: 1, settled: 1, stall: 1, scrape: 1, apiRequests: 0 },
      ['connections', 'settled memory', 'stall', 'scrape', 'API requests'],
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

  test('says nothing of a goal that nobody has set', () => {
    assert.equal(cellsOf(resultOf({}, [OURS]))[1]?.at(-1), '–');
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

describe('a row of the exporter', () => {
  const result: RowResult = {
    row: {
      name: 'exporter-row',
      work: 'some pods',
      us: EXPORTER,
      goal: { milliseconds: 10_000, memory: 128_000_000, stall: 50 },
      known: [{ subject: 'Go exporter', milliseconds: 90_000, memory: 870_000_000, apiRequests: 6 }],
      measure: async () => [],
    },
    measured: [
      {
        subject: EXPORTER,
        milliseconds: 9000,
        memory: 112_000_000,
        settled: 99_000_000,
        stall: 61,
        apiRequests: 0,
      },
    ],
  };

  test('has columns of its own', () => {
    assert.deepEqual(headOf(result.row), [
      '',
      'time',
      'requests',
      'connections',
      'peak memory',
      'settled memory',
      'longest stall',
      'slowest scrape',
      'API requests',
      'times ours',
    ]);
    assert.deepEqual(cellsOf(result), [
      ['exporter', '9.00 s', '–', '–', '112 MB', '99 MB', '61 ms', '–', '0', '1'],
      ['goal', '≤ 10.00 s', '–', '–', '≤ 128 MB', '–', '≤ 50 ms', '–', '–', 'missed: stall'],
      ['Go exporter †', '90.00 s', '–', '–', '870 MB', '–', '–', '–', '6', '10'],
    ]);
  });

  test('in short has its memory, and the Go program alone', () => {
    const cells = summaryOf(result);
    assert.equal(cells.length, EXPORTER_SUMMARY_HEAD.length);
    assert.deepEqual(cells, [
      'exporter-row',
      '9.00 s, 112 MB',
      '≤ 10.00 s, ≤ 128 MB',
      '90.00 s, 870 MB',
      '10',
    ]);
  });

  test('stands below a head of its own, on a terminal and on the page', () => {
    const both = [resultOf({ requests: 2000 }, [OURS]), result];
    const lines = printTable(both).split('\n');
    assert.deepEqual(
      lines.filter((line) => line.includes('times ours')).map((line) => line.includes('longest stall')),
      [false, true],
    );
    const page = printMarkdown(both, { node: 'v1', date: '2001-02-03' });
    assert.deepEqual(page.match(/^#+ .*$/gm), [
      '# Performance',
      '## reimage',
      '### row',
      '## container-image-exporter',
      '### exporter-row',
      '## How it is measured',
    ]);
  });

  test('of a program that was not measured the page has nothing', () => {
    const page = printMarkdown([result], { node: 'v1', date: '2001-02-03' });
    assert.deepEqual(page.match(/^## .*$/gm), ['## container-image-exporter', '## How it is measured']);
  });
});

test('a sample is read off a scrape', () => {
  const scrape = Buffer.from('# TYPE lag gauge\nlag_sum 2\nlag 0.025\nother 1\n');
  assert.equal(sampleOf(scrape, 'lag'), 0.025);
  assert.throws(() => sampleOf(scrape, 'la'), { message: 'the scrape has no la' });
});

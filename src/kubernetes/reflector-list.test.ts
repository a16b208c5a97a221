import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Answer,
  type Scene,
  BROKEN,
  REFUSED,
  LISTED,
  SYNCED,
  bookmark,
  end,
  error,
  event,
  page,
  play,
  status,
  streamed,
} from './test-reflector-play.ts';

describe('reading everything', () => {
  test('as a stream, which goes on as the watch', async () => {
    const { changes, observed, events } = await play([
      [
        'stream',
        streamed([event('ADDED', 'c', '6'), event('MODIFIED', 'a', '7'), event('DELETED', 'b', '8')]),
      ],
      ['watch from 8'],
    ]);
    assert.deepEqual(changes, [SYNCED, '+ n/c@6', '+ n/a@7', '- n/b']);
    assert.deepEqual(observed, ['list', 'synced', 'watch', 'watch']);
    assert.equal(events, 6);
  });

  test('asks for what the server needs to know', async () => {
    const { queries, idleTimeouts } = await play(
      [['stream', streamed()], ['watch from 5', { events: [], lasts: 2000 }], ['watch from 5']],
      0.5,
    );
    assert.deepEqual(queries[0], {
      watch: true,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      resourceVersion: undefined,
      allowWatchBookmarks: true,
      timeoutSeconds: 450,
    });
    assert.deepEqual(queries[1], {
      watch: true,
      resourceVersion: '5',
      allowWatchBookmarks: true,
      timeoutSeconds: 450,
    });
    assert.deepEqual(idleTimeouts, [180_000, 480_000, 480_000]);
  });

  test('timeouts of watches lie between 300 and 600 seconds', async () => {
    for (const [random, seconds] of [
      [0, 300],
      [0.999_999, 600],
    ] as const) {
      const { queries } = await play([['stream', streamed()], ['watch from 5']], random);
      assert.equal(queries[1]?.['timeoutSeconds'], seconds);
    }
  });

  test('what happens among the first objects counts; bookmarks among them do not', async () => {
    const events = [
      event('ADDED', 'a', '3'),
      event('ADDED', 'b', '1'),
      event('ADDED', 'x', '2'),
      bookmark('4'),
      event('MODIFIED', 'a', '5'),
      event('DELETED', 'b', '6'),
      event('MODIFIED', 'x', '7', true),
      end('7'),
    ];
    const { changes } = await play([['stream', { events, lasts: 2000 }], ['watch from 7']]);
    assert.deepEqual(changes, ['= n/a@5']);
  });

  const refusals: readonly (readonly [string, Answer])[] = [
    ['422', REFUSED],
    [
      'an ERROR event of a server whose etcd does not tell its progress',
      {
        events: [
          status(500, 'InternalError', 'the required storage feature RequestWatchProgress is disabled'),
        ],
      },
    ],
    ['three minutes without an event', { events: [], lasts: 180_000, breaks: BROKEN }],
  ];
  for (const [name, refusal] of refusals) {
    test(`a stream refused by ${name} becomes a list at once, and so do the next ones`, async () => {
      const { changes, observed } = await play([
        ['stream', refusal],
        ['list', page('5', ['a'])],
        ['watch from 5', error({ status: 410, reason: 'Expired' })],
        800,
        ['list', page('9', ['b'])],
        ['watch from 9'],
      ]);
      assert.deepEqual(changes, ['= n/a@5', '= n/b@9']);
      assert.deepEqual(observed, [
        'list',
        'synced',
        'watch',
        'watch failed: expired',
        'list',
        'synced',
        'watch',
      ]);
    });
  }

  test('hours later a stream is tried again: the server may be another', async () => {
    await play([
      ...LISTED,
      ['watch from 5', { events: [event('ADDED', 'c', '6'), status(410, 'Expired')] }],
      800,
      ['list', page('7', [])],
      ['watch from 7', { events: [bookmark('8')], lasts: 6 * 3_600_000 }],
      ['watch from 8', error({ status: 410 })],
      800,
      ['stream from 8'],
    ]);
  });

  test('in pages', async () => {
    const { changes, queries } = await play([
      ['stream', REFUSED],
      ['list', page('5', ['a', 'b'], 't1')],
      ['list t1', page('5', [], 't2')],
      // Watching from the first page on may tell a change twice, but leaves none out.
      ['list t2', page('6', ['c'])],
      ['watch from 5'],
    ]);
    assert.deepEqual(changes, ['= n/a@5 n/b@5 n/c@6']);
    assert.deepEqual(queries[1], { limit: 250, continue: undefined });
    assert.deepEqual(queries[2], { limit: 250, continue: 't1' });
  });

  test('a page that is gone starts one fresh list', async () => {
    const { changes, observed } = await play([
      ['stream', REFUSED],
      ['list', page('5', ['a', 'b'], 't1')],
      ['list t1', error({ status: 410, reason: 'Expired' })],
      ['list', page('9', ['b'], 't2')],
      ['list t2', page('9', ['c'])],
      ['watch from 9'],
    ]);
    assert.deepEqual(changes, ['= n/b@9 n/c@9']);
    assert.deepEqual(observed, ['list', 'synced', 'watch']);
  });

  test('a second page that is gone is a failure, and changes nothing', async () => {
    const gone = error({ status: 410, reason: 'Expired' });
    const { changes, observed } = await play([
      ['stream', REFUSED],
      ['list', page('5', ['a'], 't1')],
      ['list t1', gone],
      ['list', page('9', ['b'], 't2')],
      ['list t2', gone],
      800,
      ['list', page('11', ['c'])],
      ['watch from 11'],
    ]);
    assert.deepEqual(changes, ['= n/c@11']);
    assert.deepEqual(observed, [
      'list',
      'list failed: expired',
      'trouble: expired, again in 800',
      'list',
      'synced',
      'recovered',
      'watch',
    ]);
  });

  test('a list of any age is not taken', async () => {
    const { changes, observed } = await play([
      ['stream', REFUSED],
      ['list', page('0', ['a'])],
      800,
      ['list', { page: { items: [] } }],
      1600,
      ['list', page('5', ['b'])],
      ['watch from 5'],
    ]);
    assert.deepEqual(changes, ['= n/b@5']);
    assert.deepEqual(observed.slice(0, 3), [
      'list',
      'list failed: invalid_response',
      'trouble: invalid_response, again in 800',
    ]);
  });

  test('a list without items is empty', async () => {
    const empty = { page: { metadata: { resourceVersion: '5' }, items: null } };
    const { changes } = await play([['stream', REFUSED], ['list', empty], ['watch from 5']]);
    assert.deepEqual(changes, ['= ']);
  });

  for (const [name, ends] of [
    ['ends', {}],
    ['breaks', { breaks: BROKEN }],
  ] as const) {
    test(`a stream that ${name} among the objects is begun anew, and given up for lists the third time`, async () => {
      const cut = { events: [event('ADDED', 'x', '1'), event('ADDED', 'y', '2')], lasts: 180_000, ...ends };
      const { changes, observed } = await play([
        ['stream', cut],
        800,
        ['stream', cut],
        800,
        ['stream', cut],
        800,
        ['list', page('5', ['a'])],
        ['watch from 5'],
      ]);
      assert.deepEqual(changes, ['= n/a@5'], 'nothing of the broken streams is left');
      assert.deepEqual(observed, [
        'list',
        'list failed: unavailable',
        'trouble: unavailable, again in 800',
        'list',
        'list failed: unavailable',
        'list',
        'list failed: unavailable',
        'list',
        'synced',
        'recovered',
        'watch',
      ]);
    });
  }

  test('streams that break now and then are no reason to give them up', async () => {
    const cut = { events: [event('ADDED', 'x', '1')], lasts: 180_000 };
    const round: readonly (Scene | number)[] = [['stream', cut], 800, ['stream', cut], 800];
    await play([
      ...round,
      ['stream', streamed([event('ADDED', 'c', '6')], 180_000)],
      ['watch from 6', error({ status: 410 })],
      800,
      ['stream from 6', cut],
      800,
      ['stream from 6'],
    ]);
  });

  test('a server that is not there is asked for the stream again', async () => {
    await play([
      ...Array.from({ length: 7 }, (_, round): (Scene | number)[] => [
        ['stream', error({})],
        Math.min(30_000, 800 * 2 ** round),
      ]).flat(),
      ['stream', error({ status: 429, retryAfter: 45_000 })],
      45_000,
      ['stream', error({ status: 503, retryAfter: 1000 })],
      30_000,
      ['stream', streamed()],
      ['watch from 5'],
    ]);
  });

  test('a list waits as long as the server asks', async () => {
    await play([
      ['stream', REFUSED],
      ['list', error({ status: 429, retryAfter: 7000 })],
      7000,
      ['list', page('5', [], 't1')],
      ['list t1', error({ status: 503, retryAfter: 9000 })],
      9000,
      ['list', page('5', [])],
      ['watch from 5'],
    ]);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Answer,
  type Scene,
  BROKEN,
  LISTED,
  SYNCED,
  bookmark,
  end,
  error,
  event,
  object,
  page,
  play,
  status,
  streamed,
} from './test-reflector-play.ts';

describe('following', () => {
  /** After these events the watch is at version 6. */
  const FIRST: Scene = ['stream', streamed([event('ADDED', 'c', '6')])];

  test('a stream that ends goes on from the last version at once', async () => {
    const { changes } = await play([
      FIRST,
      ['watch from 6', { events: [event('DELETED', 'a', '7')], lasts: 300_000 }],
      ['watch from 7', { events: [bookmark('9')], lasts: 300_000 }],
      ['watch from 9', { events: [], lasts: 300_000 }],
      ['watch from 9'],
    ]);
    assert.deepEqual(changes, [SYNCED, '+ n/c@6', '- n/a']);
  });

  test('a connection that breaks after events too', async () => {
    const { observed } = await play([
      FIRST,
      ['watch from 6', { events: [bookmark('7')], lasts: 60_000, breaks: BROKEN }],
      ['watch from 7'],
    ]);
    assert.deepEqual(observed, ['list', 'synced', 'watch', 'watch', 'watch failed: unavailable', 'watch']);
  });

  test('a watch that ends at once without an event: everything is read anew', async () => {
    const { changes, observed } = await play([
      FIRST,
      ['watch from 6', { events: [], lasts: 999 }],
      800,
      ['stream from 6', streamed()],
      ['watch from 5'],
    ]);
    assert.deepEqual(changes, [SYNCED, '+ n/c@6', SYNCED]);
    assert.deepEqual(observed, [
      'list',
      'synced',
      'watch',
      'watch',
      'watch failed: unavailable',
      'trouble: unavailable, again in 800',
      'list',
      'synced',
      'watch',
      'recovered',
      'watch',
    ]);
  });

  test('watches that always end at once are one failure', async () => {
    const { observed } = await play([
      FIRST,
      ['watch from 6', { events: [] }],
      800,
      ['stream from 6', streamed([], 0)],
      ['watch from 5', { events: [] }],
      1600,
      ['stream from 5'],
    ]);
    assert.deepEqual(
      observed.filter((line) => line.startsWith('trouble') || line === 'recovered'),
      ['trouble: unavailable, again in 800'],
    );
  });

  test('watches that end at once after an event: the second one waits', async () => {
    await play([
      FIRST,
      ['watch from 6', { events: [bookmark('7')], lasts: 999 }],
      ['watch from 7', { events: [bookmark('8')], lasts: 999 }],
      800,
      ['watch from 8', { events: [bookmark('9')], lasts: 999, breaks: BROKEN }],
      1600,
      ['watch from 9', { events: [bookmark('10')], lasts: 1000 }],
      ['watch from 10', { events: [bookmark('11')], lasts: 999 }],
      ['watch from 11'],
    ]);
  });

  const resumed: readonly (readonly [string, Answer, number])[] = [
    ['no server', error({}), 800],
    ['429', error({ status: 429, retryAfter: 3000 }), 3000],
    ['503', error({ status: 503, retryAfter: 4000 }), 4000],
    ['401', error({ status: 401 }), 800],
    ['ERROR 429', { events: [status(429, 'TooManyRequests', 'slow', { retryAfterSeconds: 5 })] }, 5000],
    ['ERROR 500', { events: [status(500, 'InternalError')] }, 800],
    ['500', error({ status: 500, reason: 'InternalError' }), 800],
  ];
  for (const [name, answer, wait] of resumed) {
    test(`${name}: waits, and goes on from the same version`, async () => {
      const { changes } = await play([FIRST, ['watch from 6', answer], wait, ['watch from 6']]);
      assert.deepEqual(changes, [SYNCED, '+ n/c@6']);
    });
  }

  test('a server that fails inside for a minute is asked for everything', async () => {
    const failing: Answer = { events: [status(500, 'InternalError')], lasts: 0 };
    const waits = [800, 1600, 3200, 6400, 12_800, 25_600];
    await play([
      FIRST,
      ['watch from 6', { events: [status(500, 'InternalError')] }],
      800,
      // Hearing from it begins the minute anew.
      ['watch from 6', { events: [bookmark('7'), bookmark('8'), status(500, 'InternalError')] }],
      ...waits.slice(1).flatMap((wait): (Scene | number)[] => [wait, ['watch from 8', failing]]),
      30_000,
      ['watch from 8', failing],
      30_000,
      ['stream from 8', streamed()],
      ['watch from 5', failing],
      30_000,
      ['watch from 5'],
    ]);
  });

  const relisted: readonly (readonly [string, Answer])[] = [
    ['410', error({ status: 410, reason: 'Gone' })],
    ['ERROR 410', { events: [status(410, 'Expired')] }],
    ['reason Expired alone', { events: [status(400, 'Expired')] }],
    ['ERROR 500 of another reason', { events: [status(500, 'Unknown')] }],
    ['ERROR without a code', { events: [{ type: 'ERROR', object: {} }] }],
    ['400', error({ status: 400 })],
    ['502', error({ status: 502 })],
    ['a fault of ours', { error: new TypeError('oops') }],
  ];
  for (const [name, answer] of relisted) {
    test(`${name}: waits, and reads everything, not older than the last version`, async () => {
      const { changes } = await play([
        FIRST,
        ['watch from 6', answer],
        800,
        ['stream from 6', { events: [event('ADDED', 'd', '8'), end('9')], lasts: 5000 }],
        ['watch from 9'],
      ]);
      assert.deepEqual(changes, [SYNCED, '+ n/c@6', '= n/d@8']);
    });
  }

  const unknown: readonly (readonly [string, Answer])[] = [
    ['410', error({ status: 410 })],
    ['ERROR 410', { events: [status(410, 'Expired')] }],
    ['too large, by its cause', error({ status: 504, causes: ['ResourceVersionTooLarge'] })],
    [
      'too large, by its message',
      error({ status: 504, message: 'Too large resource version: 6, current: 4' }),
    ],
    [
      'too large, as an event',
      { events: [status(504, 'Timeout', 'x', { causes: [{ reason: 'ResourceVersionTooLarge' }] })] },
    ],
  ];
  for (const [name, answer] of unknown) {
    test(`last version refused as ${name}: reads the newest at once`, async () => {
      await play([
        FIRST,
        ['watch from 6', error({ status: 410 })],
        800,
        ['stream from 6', answer],
        ['stream', streamed()],
        ['watch from 5'],
      ]);
    });
  }

  test('another timeout is no such thing', async () => {
    await play([
      FIRST,
      ['watch from 6', error({ status: 410 })],
      800,
      ['stream from 6', error({ status: 504 })],
      800,
      ['stream from 6'],
    ]);
  });

  test('that a version is too old after a restart does not wait as long as the restart had waits become', async () => {
    await play([
      FIRST,
      ['watch from 6', error({})],
      800,
      ['watch from 6', error({})],
      1600,
      ['watch from 6', error({})],
      3200,
      ['watch from 6', error({ status: 410 })],
      800,
      ['stream from 6', streamed()],
      ['watch from 5'],
    ]);
  });

  test('versions that are too old again and again make waits of their own longer', async () => {
    await play([
      FIRST,
      ['watch from 6', error({ status: 410 })],
      800,
      ['stream from 6', streamed()],
      ['watch from 5', error({ status: 410 })],
      1600,
      ['stream from 5', streamed()],
      ['watch from 5', error({ status: 410 })],
      3200,
      ['stream from 5'],
    ]);
  });

  test('without streams, everything is listed anew, the newest there is', async () => {
    const { changes } = await play([
      ...LISTED,
      ['watch from 5', { events: [event('MODIFIED', 'a', '6'), status(410, 'Expired')] }],
      800,
      ['list', page('9', ['a'])],
      ['watch from 9'],
    ]);
    assert.deepEqual(changes, ['= n/a@5 n/b@5', '+ n/a@6', '= n/a@9']);
  });

  test('objects that are unknown, uninteresting or nameless', async () => {
    const { changes } = await play([
      [
        'stream',
        streamed([
          event('MODIFIED', 'x', '6'),
          event('MODIFIED', 'x', '7', true),
          event('DELETED', 'a', '8', true),
          { type: 'ADDED', object: { metadata: {} } },
          { type: 'DELETED', object: null },
          { type: 'SURPRISE', object: object('z', '9') },
        ]),
      ],
      ['watch from 9'],
    ]);
    assert.deepEqual(changes, [SYNCED, '+ n/x@6', '- n/x', '- n/a']);
  });

  test('silence is judged by the bookmarks that came', async () => {
    const { idleTimeouts } = await play([
      ['stream', streamed()],
      ['watch from 5', { events: [bookmark('6')], lasts: 300_000 }],
      ['watch from 6', { events: [bookmark('7'), bookmark('8')], lasts: 300_000 }],
      ['watch from 8', { events: [bookmark('9')], lasts: 180_000, breaks: BROKEN }],
      ['watch from 9'],
    ]);
    assert.deepEqual(idleTimeouts.slice(1), [330_000, 330_000, 180_000, 330_000]);
  });
});

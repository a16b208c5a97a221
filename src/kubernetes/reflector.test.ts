import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QuickClock } from '../../test/support/client.ts';
import { ApiError, type ApiErrorParts, type Query, type WatchEvent, type WatchRequest } from './api.ts';
import { Reflector } from './reflector.ts';
import { nameOf, resourceVersionOf } from './reflector-object.ts';

/** What the server does with a request: a list page, a refusal, or a stream. */
type Answer =
  | { readonly page: unknown }
  | { readonly error: Error }
  | { readonly events: readonly WatchEvent[]; readonly lasts?: number; readonly breaks?: Error };

/** A request that must come, and its answer; the last one has none and ends the play. */
type Scene = readonly [request: string, answer?: Answer];

function object(name: string, resourceVersion: string, owned = false): unknown {
  return { metadata: { namespace: 'n', name, resourceVersion, owned } };
}

function event(type: string, name: string, version: string, owned = false): WatchEvent {
  return { type, object: object(name, version, owned) };
}

function bookmark(resourceVersion: string, annotations = {}): WatchEvent {
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion, annotations } } };
}

function end(resourceVersion: string): WatchEvent {
  return bookmark(resourceVersion, { 'k8s.io/initial-events-end': 'true' });
}

function status(code: number, reason: string, message = 'so it is', details = {}): WatchEvent {
  return { type: 'ERROR', object: { kind: 'Status', code, reason, message, details } };
}

function page(resourceVersion: string, names: readonly string[], token = ''): Answer {
  const items = names.map((name) => object(name, resourceVersion));
  return { page: { metadata: { resourceVersion, continue: token }, items } };
}

function error(parts: Partial<ApiErrorParts>): { readonly error: Error } {
  return { error: new ApiError({ operation: 'watch pods', message: 'so it is', ...parts }) };
}

const BROKEN = error({}).error;

/** A stream that gives objects a and b and then these events. */
function streamed(events: readonly WatchEvent[] = [], lasts = 5000): Answer {
  return { events: [event('ADDED', 'a', '3'), event('ADDED', 'b', '1'), end('5'), ...events], lasts };
}

function tell(query: Query): string {
  const { sendInitialEvents, watch, resourceVersion, continue: token } = query;
  const from = resourceVersion === undefined ? '' : ` from ${resourceVersion}`;
  if (sendInitialEvents) return `stream${from}`;
  return watch ? `watch${from}` : `list${token === undefined ? '' : ` ${token}`}`;
}

class Play {
  readonly clock = new QuickClock();
  /** Requests and waits, in order. */
  readonly steps: string[] = [];
  /** What the sink was told. */
  readonly changes: string[] = [];
  /** What the observer was told, events aside. */
  readonly observed: string[] = [];
  readonly waits: number[] = [];
  readonly queries: Query[] = [];
  readonly idleTimeouts: number[] = [];
  events = 0;
  readonly reflector: Reflector<string>;
  readonly #stop = new AbortController();
  readonly #scenes: Scene[];

  constructor(scenes: readonly Scene[], random = 0) {
    this.#scenes = [...scenes];
    const note = (what: string) => (): void => void this.observed.push(what);
    this.reflector = new Reflector<string>({
      api: {
        get: async (_path, query) => this.#list(query),
        watch: (request) => this.#watch(request),
      },
      path: '/api/v1/pods',
      read: (value) => {
        const key = nameOf(value)?.key;
        const owned = JSON.stringify(value).includes('"owned":true');
        return key === undefined || owned ? undefined : { key, item: resourceVersionOf(value) ?? '' };
      },
      sink: {
        replace: (items) => this.changes.push(`= ${[...items].map((item) => item.join('@')).join(' ')}`),
        put: (key, item) => this.changes.push(`+ ${key}@${item}`),
        delete: (key) => this.changes.push(`- ${key}`),
      },
      observer: {
        onList: note('list'),
        onListFailure: (reason) => this.observed.push(`list failed: ${reason}`),
        onSynced: note('synced'),
        onWatch: note('watch'),
        onWatchFailure: (reason) => this.observed.push(`watch failed: ${reason}`),
        onEvent: () => void this.events++,
        onFailure: ({ reason, retryIn }) => this.observed.push(`trouble: ${reason}, again in ${retryIn}`),
        onRecovered: note('recovered'),
      },
      pageSize: 250,
      clock: {
        now: () => this.clock.now(),
        sleep: async (milliseconds, signal) => {
          this.steps.push(`wait ${milliseconds}`);
          await this.clock.sleep(milliseconds, signal);
        },
      },
      random: () => random,
      signal: this.#stop.signal,
    });
  }

  async run(): Promise<this> {
    await this.reflector.run();
    assert.deepEqual(
      this.#scenes.map(([request]) => request),
      [],
      `not asked for after ${this.steps.join(', ')}`,
    );
    return this;
  }

  #next(query: Query): Answer {
    this.queries.push(query);
    const request = tell(query);
    this.steps.push(request);
    const scene = this.#scenes.shift();
    if (scene?.[0] !== request || !scene[1]) {
      // A request that was not expected ends the play too; the comparison of the steps tells.
      this.#stop.abort(new Error('the play is over'));
      this.#stop.signal.throwIfAborted();
    }
    assert.ok(scene?.[1]);
    if ('error' in scene[1]) throw scene[1].error;
    return scene[1];
  }

  #list(query: Query): unknown {
    const answer = this.#next(query);
    assert.ok('page' in answer, `${tell(query)} is no list`);
    return answer.page;
  }

  async *#watch({ query, idleTimeout }: WatchRequest): AsyncGenerator<readonly WatchEvent[]> {
    this.idleTimeouts.push(idleTimeout);
    const answer = this.#next(query);
    assert.ok('events' in answer, `${tell(query)} is no watch`);
    // In batches of two, so that they end anywhere.
    for (let at = 0; at < answer.events.length; at += 2) yield answer.events.slice(at, at + 2);
    this.clock.advance(answer.lasts ?? 0);
    if (answer.breaks) throw answer.breaks;
  }
}

/** Plays the scenes, in which the waits are written between the requests. */
async function play(scenes: readonly (Scene | number)[], random = 0): Promise<Play> {
  const requests = scenes.filter((scene) => typeof scene !== 'number');
  const steps = scenes.map((scene) => (typeof scene === 'number' ? `wait ${scene}` : scene[0]));
  const played = await new Play(requests, random).run();
  assert.deepEqual(played.steps, steps);
  return played;
}

const REFUSED = error({ status: 422, reason: 'Invalid' });
/** How a server without streams is met. */
const LISTED: readonly Scene[] = [
  ['stream', REFUSED],
  ['list', page('5', ['a', 'b'])],
];
const SYNCED = '= n/a@3 n/b@1';

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
      1600,
      ['stream from 6'],
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

describe('a kind that may not be read', () => {
  for (const [code, reason] of [
    [403, 'forbidden'],
    [404, 'not_found'],
  ] as const) {
    test(`${code}: is settled without objects, and asked for more and more seldom`, async () => {
      const denied = error({ status: code });
      const scenes: (Scene | number)[] = [
        5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000,
      ].flatMap((wait): (Scene | number)[] => [['stream', denied], wait]);
      const { changes, observed, reflector } = await play([...scenes, ['stream']]);
      assert.deepEqual(changes, []);
      assert.deepEqual(
        observed.filter((line) => line.startsWith('trouble')),
        [`trouble: ${reason}, again in 5000`],
      );
      assert.equal(reflector.synced, false);
      assert.equal(reflector.settled, true);
    });
  }

  test('is read as soon as it may be', async () => {
    const { changes, observed, reflector } = await play([
      ['stream', error({ status: 403 })],
      5000,
      ['stream', streamed()],
      ['watch from 5'],
    ]);
    assert.deepEqual(changes, [SYNCED]);
    assert.deepEqual(observed.slice(-4), ['synced', 'recovered', 'watch', 'watch']);
    assert.equal(reflector.synced, true);
  });

  test('keeps the objects it had', async () => {
    const { changes, reflector } = await play([
      ['stream', streamed()],
      ['watch from 5', error({ status: 403 })],
      5000,
      ['stream from 5'],
    ]);
    assert.deepEqual(changes, [SYNCED]);
    assert.equal(reflector.synced, false);
    assert.equal(reflector.settled, true);
  });

  test('a server that fails otherwise settles nothing', async () => {
    const { reflector } = await play([['stream', error({ status: 401 })], 800, ['stream']]);
    assert.equal(reflector.synced, false);
    assert.equal(reflector.settled, false);
  });
});

describe('failures are reported', () => {
  test('once each, until what failed works again', async () => {
    const { observed } = await play([
      ['stream', error({})],
      800,
      ['stream', error({ status: 503 })],
      1600,
      ['stream', error({})],
      3200,
      ['stream', streamed()],
      ['watch from 5', error({ status: 503 })],
      6400,
      ['watch from 5', error({ status: 503 })],
      12_800,
      ['watch from 5', { events: [bookmark('6')], lasts: 300_000 }],
      ['watch from 6', error({ status: 503 })],
      800,
      ['watch from 6', { events: [], lasts: 300_000 }],
      ['watch from 6'],
    ]);
    assert.deepEqual(
      observed.filter((line) => line.startsWith('trouble') || line === 'recovered'),
      [
        'trouble: unavailable, again in 800',
        'trouble: unavailable, again in 1600',
        'recovered',
        'trouble: unavailable, again in 6400',
        'recovered',
        'trouble: unavailable, again in 800',
        'recovered',
      ],
    );
  });

  test('a watch that never works is not forgotten because lists do', async () => {
    const { observed } = await play([
      ...LISTED,
      ['watch from 5', error({ status: 400 })],
      800,
      ['list', error({ status: 502 })],
      1600,
      ['list', page('5', [])],
      ['watch from 5', error({ status: 400 })],
      3200,
      ['list', page('5', [])],
      ['watch from 5', { events: [bookmark('6')], lasts: 2000 }],
      ['watch from 6'],
    ]);
    assert.deepEqual(
      observed.filter((line) => line.startsWith('trouble') || line === 'recovered'),
      ['trouble: rejected, again in 800', 'trouble: unavailable, again in 1600', 'recovered'],
    );
  });

  test('up to sixteen texts: those with numbers of their own do not fill the memory', async () => {
    const scenes = Array.from({ length: 20 }, (_, round): (Scene | number)[] => [
      ['stream', error({ message: `request ${round}` })],
      Math.min(30_000, 800 * 2 ** round),
    ]).flat();
    const { observed } = await play([...scenes, ['stream']]);
    assert.equal(observed.filter((line) => line.startsWith('trouble')).length, 16);
  });
});

test('the signal ends everything, and nothing is reported', async () => {
  const { observed } = await play([['stream']]);
  assert.deepEqual(observed, ['list']);
  const stopped = new Play([]);
  await stopped.run();
  assert.deepEqual(stopped.steps, ['stream']);
});

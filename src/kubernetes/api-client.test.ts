import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { type ApiRequestEvent, createApiServer, type OpenApiServer } from './api-client.ts';
import { ApiError, type WatchEvent, type WatchRequest } from './api.ts';
import type { ClientConfig } from './client-config.ts';
import { ConfigError } from './config-error.ts';
import { FakeClock } from '../http/fake-clock.ts';

const never = new AbortController().signal;
const PODS = '/api/v1/pods';
const HEADS = { 'content-type': 'application/json' };

interface World extends Disposable {
  readonly api: OpenApiServer;
  readonly clock: FakeClock;
  readonly seen: readonly IncomingMessage[];
  readonly events: readonly ApiRequestEvent[];
}

/** A server that answers as it is told, and a client for it; every refused token makes place for the next one. */
async function world(
  answer: RequestListener,
  { tokens = ['topsecret-1'], path = '', config = {} }: WorldOptions = {},
): Promise<World> {
  const seen: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    seen.push(incoming);
    answer(incoming, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object(server.address());
  let token = 0;
  const events: ApiRequestEvent[] = [];
  const clock = new FakeClock(0);
  const api = createApiServer(
    {
      source: 'a test',
      server: new URL(`http://127.0.0.1:${port}${path}`),
      namespace: undefined,
      route: { kind: 'direct' },
      access: async () => ({
        identity: { headers: { authorization: `Bearer ${tokens[token]}`, 'impersonate-group': ['a', 'b'] } },
        trust: { insecure: false },
      }),
      refuse: () => ++token < tokens.length,
      ...config,
    },
    { clock, userAgent: 'tester/1', onRequest: (event) => events.push(event) },
  );
  return {
    api,
    clock,
    seen,
    events,
    [Symbol.dispose]: () => {
      api.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

interface WorldOptions {
  readonly tokens?: readonly string[];
  readonly path?: string;
  readonly config?: Partial<ClientConfig>;
}

function status(
  response: ServerResponse,
  code: number,
  parts: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { ...HEADS, ...headers });
  response.end(JSON.stringify({ kind: 'Status', code, ...parts }));
}

function line(name: string): string {
  return `${JSON.stringify({ type: 'ADDED', object: { name } })}\n`;
}

function request(options: Partial<WatchRequest> = {}): WatchRequest {
  return { path: PODS, query: {}, idleTimeout: 60_000, signal: never, ...options };
}

async function names(
  batches: AsyncIterable<readonly WatchEvent[]>,
  found: unknown[] = [],
): Promise<unknown[]> {
  for await (const batch of batches)
    for (const { object } of batch) found.push(Reflect.get(Object(object), 'name'));
  return found;
}

/** The error that a promise ends with, of which no part may hold what must not be told. */
async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiError, String(error));
  for (let next: unknown = error; next instanceof Error; next = next.cause) {
    assert.doesNotMatch(`${next.message} ${next.stack}`, /topsecret/);
  }
  return error;
}

describe('reading', () => {
  test('a request as the server sees it', async () => {
    using subject = await world((_request, response) => response.end('{"kind":"PodList"}'), {
      path: '/k8s/dev/',
    });
    const query = { limit: 250, continue: undefined, labelSelector: 'a=b,c' };
    assert.deepEqual(await subject.api.get(PODS, query, never), { kind: 'PodList' });
    const [seen] = subject.seen;
    assert.equal(seen?.url, '/k8s/dev/api/v1/pods?limit=250&labelSelector=a%3Db%2Cc');
    assert.equal(seen.method, 'GET');
    const { authorization, accept, 'accept-encoding': encoding, 'user-agent': agent } = seen.headers;
    assert.deepEqual(
      [authorization, accept, encoding, agent],
      ['Bearer topsecret-1', 'application/json', 'gzip', 'tester/1'],
    );
    assert.deepEqual(seen.headersDistinct['impersonate-group'], ['a', 'b']);
    assert.deepEqual(subject.events, [{ verb: 'get', path: PODS, status: 200, milliseconds: 0 }]);
  });

  test('what is compressed', async () => {
    using subject = await world((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('{"a":"ä"}'));
    });
    assert.deepEqual(await subject.api.get(PODS, {}, never), { a: 'ä' });
  });

  test('connections are kept; one that the server drops when it is used again costs nothing', async () => {
    using subject = await world(({ socket }, response) => {
      if (subject.seen.length === 3) socket.destroy();
      else response.end('{}');
    });
    for (let times = 0; times < 3; times++) assert.deepEqual(await subject.api.get(PODS, {}, never), {});
    const [first, second, third, fourth] = subject.seen.map(({ socket }) => socket);
    assert.equal(first === second && second === third, true);
    assert.notEqual(third, fourth);
    assert.equal(subject.events.length, 3);
  });

  test('a new connection that breaks is an error', async () => {
    using subject = await world(({ socket }) => socket.destroy());
    const error = await failure(subject.api.get(PODS, {}, never));
    assert.equal(error.message, 'cannot list pods: socket hang up');
    assert.equal(subject.seen.length, 1);
  });

  test('does not wait for watches, however many there are', { timeout: 10_000 }, async () => {
    using subject = await world((incoming, response) => {
      if (incoming.url?.includes('watch=true')) response.write(line('a'));
      else response.end('{}');
    });
    const ended = new AbortController();
    const watches = Array.from({ length: 12 }, () => subject.api.watch(request({ signal: ended.signal })));
    const running = watches.map((watch) => watch[Symbol.asyncIterator]());
    await Promise.all(running.map((watch) => watch.next()));
    assert.deepEqual(await subject.api.get(PODS, {}, never), {});
    ended.abort(new Error('enough'));
    await Promise.all(running.map(async (watch) => await watch.return?.()));
  });
});

describe('refusals', () => {
  test('a Status', async () => {
    using subject = await world((_request, response) => {
      status(response, 429, {
        reason: 'TooManyRequests',
        message: 'slow down',
        details: { retryAfterSeconds: 1 },
      });
    });
    const error = await failure(subject.api.get(PODS, {}, never));
    assert.equal(error.message, 'cannot list pods: 429 TooManyRequests: slow down');
    assert.equal(error.status, 429);
    assert.equal(error.retryAfter, 1000);
  });

  test('Retry-After', async () => {
    using subject = await world((_request, response) => status(response, 503, {}, { 'retry-after': '7' }));
    assert.equal((await failure(subject.api.get(PODS, {}, never))).retryAfter, 7000);
  });

  test('a watch that is refused', async () => {
    using subject = await world((_request, response) => {
      response.writeHead(422, { 'content-encoding': 'gzip' });
      response.end(
        gzipSync(JSON.stringify({ reason: 'Invalid', details: { causes: [{ reason: 'FieldX' }] } })),
      );
    });
    const error = await failure(names(subject.api.watch(request())));
    assert.equal(error.message, 'cannot watch pods: 422 Invalid: Unprocessable Entity');
    assert.deepEqual(error.causes, ['FieldX']);
  });

  test('a redirect', async () => {
    using subject = await world((_request, response) => {
      response.writeHead(302, { location: 'https://login.test/?topsecret' }).end();
    });
    assert.equal(
      (await failure(subject.api.get(PODS, {}, never))).message,
      'cannot list pods: 302: the server sends us elsewhere, and is no API server then (a test)',
    );
  });

  test('an answer that is not JSON', async () => {
    using subject = await world((_request, response) => response.end('topsecret'));
    const error = await failure(subject.api.get(PODS, {}, never));
    assert.equal(error.message, 'cannot list pods: 200: the server sent something that is not JSON');
  });
});

/** Lets only the second credentials in. */
const guard: RequestListener = ({ headers }, response) => {
  if (headers.authorization === 'Bearer topsecret-2') response.end(line('a'));
  else status(response, 401, { reason: 'Unauthorized', message: 'Unauthorized' });
};

describe('401', () => {
  test('the next credentials are tried, once, by requests and by watches', async () => {
    using one = await world((incoming, response) => guard(incoming, response), {
      tokens: ['topsecret-1', 'topsecret-2'],
    });
    assert.deepEqual(await names(one.api.watch(request())), ['a']);
    assert.deepEqual(
      one.events.map((event) => event.status),
      [401, 200],
    );
    using other = await world((incoming, response) => guard(incoming, response), {
      tokens: ['topsecret-0', 'topsecret-1', 'topsecret-2'],
    });
    assert.equal((await failure(other.api.get(PODS, {}, never))).status, 401);
    assert.equal(other.seen.length, 2);
  });

  test('no other try where there are no other credentials', async () => {
    using subject = await world(guard);
    const error = await failure(subject.api.get(PODS, {}, never));
    assert.equal(error.message, 'cannot list pods: 401 Unauthorized: Unauthorized');
    assert.equal(subject.seen.length, 1);
  });

  test('credentials that cannot be had', async () => {
    const cause = new ConfigError('/token does not exist');
    using subject = await world(guard, {
      config: {
        access: async () => {
          throw cause;
        },
      },
    });
    const error = await failure(subject.api.get(PODS, {}, never));
    assert.equal(error.message, 'cannot list pods: /token does not exist');
    assert.equal(error.cause, cause);
  });
});

describe('watching', () => {
  test('batches as they come, until the server ends the stream in mid-line', async () => {
    using subject = await world((_request, response) => {
      response.write(line('ä').slice(0, 20));
      setImmediate(() => response.end(line('ä').slice(20) + line('b') + line('c').slice(0, 8)));
    });
    assert.deepEqual(await names(subject.api.watch(request({ query: { resourceVersion: '7' } }))), [
      'ä',
      'b',
    ]);
    assert.equal(subject.seen[0]?.url, `${PODS}?watch=true&resourceVersion=7`);
  });

  test('a compressed stream, event by event, cut off in mid-block', async () => {
    let next: (() => void) | undefined;
    using subject = await world((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const zip = createGzip({ flush: constants.Z_SYNC_FLUSH });
      zip.on('data', (chunk: Buffer) => response.write(chunk));
      zip.write(line('a'));
      next = () => {
        zip.write(line('b'));
        zip.flush(() => response.end());
      };
    });
    const watch = subject.api.watch(request())[Symbol.asyncIterator]();
    assert.deepEqual((await watch.next()).value, [{ type: 'ADDED', object: { name: 'a' } }]);
    next?.();
    assert.deepEqual((await watch.next()).value, [{ type: 'ADDED', object: { name: 'b' } }]);
    assert.equal((await watch.next()).done, true);
  });

  test('a connection that breaks', async () => {
    using subject = await world((_request, response) => {
      response.write(line('a'), () => response.destroy());
    });
    const found: unknown[] = [];
    const error = await failure(names(subject.api.watch(request()), found));
    assert.equal(error.message, 'cannot watch pods: aborted');
    assert.equal(error.status, undefined);
    assert.deepEqual(found, ['a']);
  });

  test('a line that is not JSON', async () => {
    using subject = await world((_request, response) => response.end('topsecret\n'));
    const error = await failure(names(subject.api.watch(request())));
    assert.equal(error.message, 'cannot watch pods: 200: the server sent a line that is not JSON');
    assert.equal(error.status, 200);
  });

  test('the consumer breaks off: the connection goes', async () => {
    const closed = Promise.withResolvers<void>();
    using subject = await world((_request, response) => {
      response.on('close', () => closed.resolve());
      response.write(line('a'));
    });
    for await (const batch of subject.api.watch(request())) {
      assert.equal(batch.length, 1);
      break;
    }
    await closed.promise;
  });
});

describe('time', () => {
  test('a server that accepts and says nothing', async () => {
    const asked = Promise.withResolvers<void>();
    using subject = await world(() => asked.resolve());
    const reading = failure(subject.api.get(PODS, {}, never));
    await asked.promise;
    subject.clock.pass(15_000);
    const error = await reading;
    assert.equal(error.message, 'cannot list pods: no answer within 15 s');
    assert.equal(Reflect.get(Object(error.cause), 'code'), 'ETIMEDOUT');
    assert.deepEqual(
      subject.events.map((event) => event.status),
      [0],
    );
  });

  test('a server that begins and does not end', async () => {
    using subject = await world((_request, response) => response.write('{'));
    const reading = failure(subject.api.get(PODS, {}, never));
    while (subject.events.length === 0) await tick();
    subject.clock.pass(60_000);
    assert.equal((await reading).message, 'cannot list pods: no whole answer within 60 s');
  });

  test('a watch on which nothing moves; the time of the consumer does not count', async () => {
    let write: ((text: string) => void) | undefined;
    using subject = await world((_request, response) => {
      write = (text) => response.write(text);
      write(line('a'));
    });
    const watch = subject.api.watch(request({ idleTimeout: 5000 }))[Symbol.asyncIterator]();
    await watch.next();
    subject.clock.pass(20_000);
    write?.(line('b'));
    assert.deepEqual((await watch.next()).value, [{ type: 'ADDED', object: { name: 'b' } }]);
    const waiting = failure(watch.next());
    await tick();
    subject.clock.pass(4999);
    await tick();
    subject.clock.pass(1);
    assert.equal((await waiting).message, 'cannot watch pods: not a byte in 5 s');
  });
});

/** Lets what is due come first. */
async function tick(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Begins an answer and never ends it. */
const silent: RequestListener = (_request, response) => response.write('{');

describe('the end from our side', () => {
  test('a signal that has come already, or comes: its reason', async () => {
    using subject = await world(silent);
    const reason = new Error('enough');
    const ended = new AbortController();
    const waits = [
      subject.api.get(PODS, {}, ended.signal),
      names(subject.api.watch(request({ signal: ended.signal }))),
    ];
    const results = Promise.allSettled(waits);
    await tick();
    ended.abort(reason);
    const same = { status: 'rejected', reason } as const;
    assert.deepEqual(await results, [same, same]);
    await assert.rejects(subject.api.get(PODS, {}, ended.signal), reason);
    await assert.rejects(names(subject.api.watch(request({ signal: ended.signal }))), reason);
  });

  test('the client is closed', async () => {
    using subject = await world(silent);
    const waits = [failure(subject.api.get(PODS, {}, never)), failure(names(subject.api.watch(request())))];
    await tick();
    subject.api.close();
    const [first, second] = await Promise.all(waits);
    assert.equal(first?.message, 'cannot list pods: the client was closed');
    assert.equal(second?.message, 'cannot watch pods: the client was closed');
  });

  test('nobody is there', async () => {
    using subject = await world(silent, { config: { server: new URL('http://127.0.0.1:1') } });
    const error = await failure(subject.api.get(PODS, {}, never));
    assert.equal(error.message, 'cannot list pods: connect ECONNREFUSED 127.0.0.1:1');
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Clock, http, systemClock } from '../http/index.ts';
import { gauge, histogram } from './family.ts';
import type { Listener } from './listener.ts';
import { MetricRegistry } from './metric-registry.ts';
import { type ScrapeMetrics, startScrapeServer } from './scrape-server.ts';
import { sectionOf } from './test-section-text.ts';

const FAMILY = gauge('container_image_size_bytes', 'The size of the image in the registry.');
const TEXT =
  '# HELP container_image_size_bytes The size of the image in the registry.\n' +
  '# TYPE container_image_size_bytes gauge\ncontainer_image_size_bytes 1\n';

const OPTIONS = {
  flag: '--metrics-bind-address',
  program: 'tallyman',
  clock: systemClock,
  sections: () => [],
};

interface Served {
  readonly listener: Listener;
  readonly registry: MetricRegistry;
}

function scrapeMetrics(registry: MetricRegistry): ScrapeMetrics {
  return {
    scrapeDuration: registry.histogram(histogram('scrape_duration_seconds', 'Time.'), [1]),
    scrapesInFlight: registry.samples(gauge('scrapes_in_flight', 'Scrapes.')),
  };
}

async function serve(
  t: TestContext,
  blocks: () => readonly string[] = () => ['container_image_size_bytes 1\n'],
  clock: Clock = systemClock,
): Promise<Served> {
  const registry = new MetricRegistry();
  const listener = await startScrapeServer({
    ...OPTIONS,
    address: '127.0.0.1:0',
    clock,
    sections: () => [{ family: FAMILY, blocks: blocks() }],
    self: scrapeMetrics(registry),
  });
  assert.ok(listener);
  t.after(() => listener.close(0));
  return { listener, registry };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function ask(
  { listener }: Served,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  const response = await begin(listener, path, headers, method);
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) };
}

async function begin(
  listener: Listener,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<IncomingMessage> {
  const request = http.request(`http://${listener.address}${path}`, { headers, method, agent: false });
  request.end();
  return await new Promise((resolve, reject) => request.on('response', resolve).on('error', reject));
}

test('a scrape is answered in text', async (t) => {
  const { status, headers, body } = await ask(await serve(t), '/metrics?name=x');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(headers['content-length'], String(TEXT.length));
  assert.equal(headers['content-encoding'], undefined);
  assert.equal(body.toString(), TEXT);
});

test('a scrape is answered in OpenMetrics, zipped, where that is asked for', async (t) => {
  const { status, headers, body } = await ask(await serve(t), '/metrics', {
    accept: 'application/openmetrics-text;version=1.0.0',
    'accept-encoding': 'gzip',
  });
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.equal(headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(body).toString(), `${TEXT}# EOF\n`);
});

test('megabytes arrive whole, zipped or not', async (t) => {
  const lines = Array.from(
    { length: 40_000 },
    (_, line) => `container_image_size_bytes{digest="${line}"} 1\n`,
  );
  const served = await serve(t, () => lines);
  const plain = await ask(served, '/metrics');
  const zipped = await ask(served, '/metrics', { 'accept-encoding': 'gzip' });
  assert.ok(plain.body.length > 1_500_000);
  assert.ok(plain.body.toString().endsWith(lines.slice(-2).join('')));
  assert.ok(gunzipSync(zipped.body).equals(plain.body));
  assert.match(sectionOf(served.registry.sections(), 'scrape_duration_seconds'), /_count 2\n$/);
});

test('what happens besides the scrape', async (t) => {
  const served = await serve(t);
  const landing = await ask(served, '/');
  assert.equal(landing.status, 200);
  assert.equal(landing.headers['content-type'], 'text/html; charset=utf-8');
  assert.match(landing.body.toString(), /<a href="\/metrics">/);
  assert.equal((await ask(served, '/metrics/')).status, 404);
  const head = await ask(served, '/metrics', {}, 'HEAD');
  assert.deepEqual(
    [head.status, head.headers['content-length'], head.body.length],
    [200, String(TEXT.length), 0],
  );
  const post = await ask(served, '/metrics', {}, 'POST');
  assert.deepEqual([post.status, post.headers['allow']], [405, 'GET, HEAD']);
});

test('a scrape that cannot be put together is a 500 with the reason', async (t) => {
  const served = await serve(t, () => {
    throw new Error('the lines are gone');
  });
  const { status, body } = await ask(served, '/metrics');
  assert.deepEqual([status, body.toString()], [500, 'the lines are gone\n']);
});

/** Far more than what the buffers of two sockets hold. */
const ENDLESS: readonly string[] = Array.from({ length: 1024 }, () => 'x'.repeat(65_536));

/** Waits until something holds, turn by turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

function inFlight({ registry }: Served): string {
  return sectionOf(registry.sections(), 'scrapes_in_flight').trim().split(' ')[1] ?? '';
}

test('a client that goes away ends the work', async (t) => {
  const served = await serve(t, () => ENDLESS);
  for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
    const response = await begin(served.listener, '/metrics', headers);
    assert.equal(inFlight(served), '1');
    response.destroy();
    await until(() => inFlight(served) === '0');
  }
});

test('the eleventh scrape at once is refused', async (t) => {
  const served = await serve(t, () => ENDLESS);
  const scrapes = await Promise.all(Array.from({ length: 10 }, () => begin(served.listener, '/metrics')));
  const { status, headers, body } = await ask(served, '/metrics');
  assert.equal(status, 503);
  assert.equal(headers['retry-after'], '1');
  assert.equal(body.toString(), '10 scrapes are under way, which is the limit.\n');
  assert.equal((await ask(served, '/')).status, 200);
  scrapes[0]?.destroy();
  await until(() => inFlight(served) === '9');
  const next = await begin(served.listener, '/metrics');
  assert.equal(next.statusCode, 200);
  for (const scrape of [...scrapes, next]) scrape.destroy();
});

test('a client that does not read is cut off after its time', async (t) => {
  const sleeps: { milliseconds: number; end: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (milliseconds) => new Promise((resolve) => sleeps.push({ milliseconds, end: resolve })),
  };
  const served = await serve(t, () => ENDLESS, clock);
  const response = await begin(served.listener, '/metrics');
  assert.deepEqual(
    sleeps.map(({ milliseconds }) => milliseconds),
    [60_000],
  );
  sleeps[0]?.end();
  await assert.rejects(async () => {
    for await (const piece of response) assert.ok(piece.length > 0);
  }, /aborted/);
  await until(() => inFlight(served) === '0');
});

test('a scrape keeps what it began with', async (t) => {
  let blocks = ENDLESS.slice(0, 256);
  const served = await serve(t, () => blocks);
  const response = await begin(served.listener, '/metrics');
  blocks = ['y'];
  let length = 0;
  for await (const piece of response) {
    assert.equal(piece.includes('y'.repeat(2)), false);
    length += piece.length;
  }
  assert.equal(length, Number(response.headers['content-length']));
});

test('closing lets a scrape end, and hangs up on who only keeps a connection', async (t) => {
  const served = await serve(t, () => ENDLESS.slice(0, 256));
  const [host = '', port = ''] = served.listener.address.split(':');
  const idle = connect(Number(port), host);
  idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(idle, 'data');
  const hungUp = once(idle.resume(), 'close');
  const response = await begin(served.listener, '/metrics', { connection: 'keep-alive' });
  const closed = served.listener.close(600_000);
  let length = 0;
  for await (const piece of response) length += piece.length;
  assert.equal(length, Number(response.headers['content-length']));
  await Promise.all([closed, hungUp]);
});

test('closing without grace ends a scrape', async (t) => {
  const served = await serve(t, () => ENDLESS);
  const response = await begin(served.listener, '/metrics');
  const failed = assert.rejects(async () => {
    for await (const piece of response) if (piece.length === 0) break;
  }, /aborted/);
  await served.listener.close(0);
  await failed;
});

test('no server where the address is 0; an address that is taken is an error', async (t) => {
  const served = await serve(t);
  const options = { ...OPTIONS, self: scrapeMetrics(new MetricRegistry()) };
  assert.equal(await startScrapeServer({ ...options, address: '0' }), undefined);
  await assert.rejects(startScrapeServer({ ...options, address: served.listener.address }), {
    name: 'ListenError',
    message: `--metrics-bind-address "${served.listener.address}": something else listens there already; end that or choose another port`,
  });
  await assert.rejects(startScrapeServer({ ...options, address: '8080' }), { name: 'ListenError' });
});

test('IPv6 and names are listened on', async (t) => {
  const options = { ...OPTIONS, self: scrapeMetrics(new MetricRegistry()) };
  for (const [address, expected] of [
    ['localhost:0', /^(?:127\.0\.0\.1|\[::1\]):\d+$/],
    [':0', /^(?:0\.0\.0\.0|\[::\]):\d+$/],
  ] as const) {
    const listener = await startScrapeServer({ ...options, address });
    assert.ok(listener);
    t.after(() => listener.close(0));
    assert.match(listener.address, expected);
  }
});

import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { cloudTransport, type CloudTransport, WatchedTransport } from './cloud-http.ts';

const request = { method: 'GET', headers: {}, timeout: 10_000 };
const send = cloudTransport({ variables: { HTTP_PROXY: 'http://127.0.0.1:1' }, nodeVersion: '24.5.0' });

async function served(handler: RequestListener, use: (url: URL) => Promise<void>): Promise<void> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  try {
    await use(new URL(`http://127.0.0.1:${address.port}/x`));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('sends what it is given, past any proxy for plain http, and follows nothing', async () => {
  await served(
    (incoming, response) =>
      response.writeHead(302, { location: '/y', 'X-Seen': `${incoming.method}` }).end('body'),
    async (url) => {
      const { status, headers, body } = await send({ ...request, method: 'POST', url, body: 'x' });
      assert.deepEqual(
        [status, headers['location'], headers['x-seen'], String(body)],
        [302, '/y', 'POST', 'body'],
      );
    },
  );
});

test('an answer that does not come ends with its time', async () => {
  await served(
    () => undefined,
    async (url) => {
      await assert.rejects(send({ ...request, url, timeout: 20 }), {
        name: 'CloudFault',
        reason: 'timeout',
        message: `${url.host}: no answer within 0.02 s`,
      });
    },
  );
});

test('an answer without end is cut off', async () => {
  await served(
    (_incoming, response) => response.end(Buffer.alloc(300 * 1024)),
    async (url) => await assert.rejects(send({ ...request, url }), { reason: 'invalid_answer' }),
  );
});

test('a connection that breaks names the host and no query', async () => {
  await served(
    (incoming) => incoming.destroy(),
    async (url) => {
      await assert.rejects(send({ ...request, url: new URL('?token=secret', url) }), {
        reason: 'unavailable',
        message: `${url.host}: ECONNRESET`,
      });
    },
  );
});

test('https goes by the proxy of the environment', async () => {
  const tunnels: (string | undefined)[] = [];
  const server = createServer().on('connect', ({ url }, socket) => {
    tunnels.push(url);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  const variables = { HTTPS_PROXY: `http://127.0.0.1:${address.port}` };
  const proxied = cloudTransport({ variables, nodeVersion: '24.5.0' });
  try {
    const url = new URL('https://cloud.invalid/');
    await assert.rejects(proxied({ ...request, url }), { reason: 'unavailable' });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  assert.deepEqual(tunnels, ['cloud.invalid:443']);
});

test('a proxy that cannot be used is told of, without its password', async () => {
  for (const [proxy, nodeVersion, message] of [
    [
      'socks5://me:hunter2@127.0.0.1:1',
      '24.5.0',
      'HTTPS_PROXY is not the URL of an HTTP proxy (http://host:port)',
    ],
    [
      'http://me:hunter2@127.0.0.1:1',
      '22.19.0',
      'HTTPS_PROXY is set, but Node.js 22.19.0 cannot use a proxy; Node.js 22.21 and 24.5 can',
    ],
  ] as const) {
    const proxied = cloudTransport({ variables: { HTTPS_PROXY: proxy }, nodeVersion });
    const url = new URL('https://cloud.invalid/');
    await assert.rejects(proxied({ ...request, url }), { reason: 'invalid_configuration', message });
  }
});

const outcomes: readonly (readonly [status: number, body: string, reason: string])[] = [
  [200, '', 'invalid_answer'],
  [400, '{"__type":"ThrottlingException"}', 'throttled'],
  [400, '', 'refused'],
  [403, '', 'refused'],
  [429, '', 'throttled'],
  [503, '', 'unavailable'],
];
for (const [status, body, reason] of outcomes) {
  test(`what ${status} ${body} says of a failure`, async () => {
    const watched = new WatchedTransport(answering(status, body));
    assert.equal(watched.reason, 'invalid_configuration');
    await watched.send({ ...request, url: new URL('https://cloud.test/') });
    assert.equal(watched.reason, reason);
  });
}

function answering(status: number, body: string): CloudTransport {
  return async () => ({ status, headers: {}, body: Buffer.from(body) });
}

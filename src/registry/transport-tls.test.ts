import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { type Certificates, makeCertificates } from '../../test/support/certificates.ts';
import { hello, listen, lookUpAs, send } from '../../test/support/sending.ts';
import { requireTool } from '../../test/support/tools.ts';
import type { HttpRequest } from './transport.ts';

/** A proxy that notes what it is asked to connect to, and connects to one port whatever that is. */
function tunnel(port: number, seen: string[]): Server {
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.end('by proxy');
  });
  server.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    socket.on('close', () => onward.destroy());
  });
  return server;
}

describe('a proxy', () => {
  test('gets what is for others, by a tunnel for https and whole for http', async (t: TestContext) => {
    const certificates = await certificatesFor(t);
    if (!certificates) return;
    const { ca, server } = certificates;
    using target = await listen(createTlsServer(server, (_request, response) => response.end('hello')));
    const seen: string[] = [];
    using proxy = await listen(tunnel(target.port, seen));
    // That the proxy itself has a private address is no matter on the way to a public host.
    const { lookup, asked } = lookUpAs('127.0.0.1');
    const variables = {
      HTTPS_PROXY: `127.0.0.1:${proxy.port}`,
      http_proxy: `http://127.0.0.1:${proxy.port}`,
    };
    const options = { variables, lookup };
    const tls = { ca: [ca], insecure: false };
    for (const publicOnly of [false, true]) {
      const answer = await send(`https://registry.test:${target.port}/x`, { publicOnly, tls }, options);
      assert.deepEqual(answer, { status: 200, text: 'hello', privatePeer: false });
    }
    for (const publicOnly of [false, true]) {
      assert.equal((await send('http://registry.test/y', { publicOnly }, options)).text, 'by proxy');
    }
    assert.deepEqual(seen, [
      `CONNECT registry.test:${target.port}`,
      `CONNECT registry.test:${target.port}`,
      'GET http://registry.test/y',
      'GET http://registry.test/y',
    ]);
    assert.deepEqual(asked, [], 'names behind a proxy are for the proxy to look up');
  });

  test('gets nothing that is for this machine, or for hosts of NO_PROXY', async () => {
    using server = await listen(hello());
    const { lookup } = lookUpAs('127.0.0.1');
    const variables = { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'example.org,registry.test' };
    for (const host of ['127.0.0.1', 'localhost', 'registry.test']) {
      const answer = await send(`http://${host}:${server.port}/`, {}, { variables, lookup });
      assert.equal(answer.text, 'hello /');
    }
  });

  test('that this Node would go past is an error, but not for this machine', async () => {
    using server = await listen(hello());
    const options = { variables: { HTTPS_PROXY: 'http://user:secret@proxy.test:1' }, nodeVersion: '22.19.0' };
    await assert.rejects(send('https://registry.test/', {}, options), {
      name: 'ProxyError',
      message: 'HTTPS_PROXY is set, but Node.js 22.19.0 cannot use a proxy; Node.js 22.21 and 24.5 can',
    });
    assert.equal((await send(`http://127.0.0.1:${server.port}/`, {}, options)).status, 200);
  });
});

async function certificatesFor(t: TestContext): Promise<Certificates | undefined> {
  const openssl = await requireTool(t, 'openssl');
  return openssl === undefined ? undefined : await makeCertificates(openssl);
}

test('TLS: an authority of our own, an unknown one, any at all, and who the client is', async (t) => {
  const certificates = await certificatesFor(t);
  if (!certificates) return;
  const { ca, server, client } = certificates;
  const tls = { ...server, ca, requestCert: true, rejectUnauthorized: false };
  using target = await listen(
    createTlsServer(tls, (request, response) => {
      response.end(Reflect.get(request.socket, 'authorized') === true ? 'known' : 'anyone');
    }),
  );
  const get = (options: HttpRequest['tls']): Promise<string> =>
    send(`https://localhost:${target.port}/`, { tls: options }).then(({ text }) => text);
  assert.equal(await get({ ca: [ca], insecure: false }), 'anyone');
  assert.equal(await get({ ca: [ca], insecure: false, ...client }), 'known');
  assert.equal(await get({ ca: [], insecure: true }), 'anyone');
  await assert.rejects(get({ ca: [], insecure: false }), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
});

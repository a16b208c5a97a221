import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type LookupFunction } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { type Certificates, makeCertificates } from '../../test/support/certificates.ts';
import { requireTool } from '../../test/support/tools.ts';
import { discard, readBody } from './body.ts';
import { createTransport, type HttpRequest, type TransportOptions } from './transport.ts';

const PLAIN = { ca: [], insecure: false };
const NODE = '24.5.0';

interface Listening extends Disposable {
  readonly port: number;
}

async function listen(server: Server): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object(server.address());
  return {
    port,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Looks every name up as 127.0.0.1, or as what is given. */
function lookUpAs(...addresses: readonly string[]): { lookup: LookupFunction; asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, { all = false }, callback) => {
    asked.push(name);
    const found = addresses.map((address) => ({ address, family: 4 }));
    if (all) callback(null, found);
    else callback(null, found[0]?.address ?? '', 4);
  };
  return { asked, lookup };
}

async function send(
  url: string,
  request: Partial<HttpRequest> = {},
  options: Partial<TransportOptions> = {},
): Promise<{ status: number; text: string; privatePeer: boolean }> {
  const transport = createTransport({ variables: {}, nodeVersion: NODE, ...options });
  try {
    const response = await transport.send({
      method: 'GET',
      url: new URL(url),
      headers: {},
      tls: PLAIN,
      publicOnly: false,
      idleTimeout: 5000,
      signal: new AbortController().signal,
      ...request,
    });
    const text = (await readBody(response, 1000)).toString();
    return { status: response.status, text, privatePeer: response.privatePeer };
  } finally {
    transport.close();
  }
}

function hello(): Server {
  return createServer((request, response) => response.end(`hello ${request.url}`));
}

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

describe('private addresses', () => {
  test('are refused in URLs that only public hosts may have', async () => {
    for (const host of [
      '127.0.0.1',
      'localhost',
      '10.1.2.3',
      '[::1]',
      '169.254.169.254',
      '[::ffff:10.0.0.1]',
    ]) {
      await assert.rejects(send(`http://${host}:1/`, { publicOnly: true }), {
        name: 'DestinationError',
        message: /^refused to follow a public registry to the private address /,
      });
    }
  });

  test('are refused behind names, even when only one of several is private', async () => {
    const { lookup } = lookUpAs('203.0.113.1', '10.0.0.1');
    await assert.rejects(send('http://storage.test:1/', { publicOnly: true }, { lookup }), {
      name: 'DestinationError',
      message: 'refused to follow a public registry to storage.test: it has the private address 10.0.0.1',
    });
  });

  test('are told of a peer that was reached at one', async () => {
    using server = await listen(hello());
    const { lookup } = lookUpAs('127.0.0.1');
    assert.deepEqual(await send(`http://registry.test:${server.port}/x`, {}, { lookup }), {
      status: 200,
      text: 'hello /x',
      privatePeer: true,
    });
  });
});

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

describe('a request', () => {
  test('on which nothing moves is given up', async () => {
    using server = await listen(createServer(() => undefined));
    await assert.rejects(send(`http://127.0.0.1:${server.port}/`, { idleTimeout: 20 }), {
      code: 'ETIMEDOUT',
      message: `no byte from 127.0.0.1:${server.port} for 0.02 s`,
    });
  });

  test('that is refused before its body was sent has its answer at once', async () => {
    using server = await listen(
      createServer((_request, response) => response.writeHead(413).end('too large')),
    );
    const size = 64 << 20;
    const answer = await send(`http://127.0.0.1:${server.port}/`, {
      method: 'PUT',
      headers: { 'content-length': String(size) },
      body: (out, unread) =>
        new Promise((resolve, reject) => {
          // Never more than the beginning: nobody would read it.
          out.write(Buffer.alloc(1000));
          unread.addEventListener('abort', () => resolve());
          out.on('error', reject);
        }),
    });
    assert.deepEqual([answer.status, answer.text], [413, 'too large']);
  });

  test('with a length is never sent in chunks', async () => {
    using server = await listen(
      createServer((request, response) => {
        request.resume();
        const { 'content-length': length, 'transfer-encoding': encoding = 'none' } = request.headers;
        response.end(`${length} ${encoding}`);
      }),
    );
    const url = `http://127.0.0.1:${server.port}/`;
    const written = await send(url, {
      method: 'PUT',
      headers: { 'content-length': '3' },
      body: async (out) => void out.write('abc'),
    });
    const whole = await send(url, { method: 'PUT', body: Buffer.from('abcd') });
    const empty = await send(url, { method: 'PUT', body: new Uint8Array() });
    assert.deepEqual([written.text, whole.text, empty.text], ['3 none', '4 none', '0 none']);
  });

  test('uses the connection of the one before', async () => {
    const peers = new Set<unknown>();
    using server = await listen(
      createServer((request, response) => {
        peers.add(request.socket.remotePort);
        response.end('x');
      }),
    );
    const transport = createTransport({ variables: {}, nodeVersion: NODE });
    for (const method of ['GET', 'HEAD', 'POST', 'GET']) {
      const response = await transport.send({
        method,
        url: new URL(`http://127.0.0.1:${server.port}/`),
        headers: {},
        tls: PLAIN,
        publicOnly: false,
        idleTimeout: 5000,
        signal: new AbortController().signal,
      });
      await discard(response);
    }
    transport.close();
    assert.equal(peers.size, 1);
  });
});

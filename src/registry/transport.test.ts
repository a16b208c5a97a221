import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { hello, listen, lookUpAs, NODE, PLAIN, send } from '../../test/support/sending.ts';
import { discard } from './body.ts';
import { createTransport } from './transport.ts';

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

import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import { connect, createServer as createSocketServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { PeerCertificate } from 'node:tls';
import { systemClock } from '../../src/http/index.ts';
import { type ClientConfig, createApiServer, type OpenApiServer } from '../../src/kubernetes/index.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { listen } from '../support/sending.ts';
import { requireTool } from '../support/tools.ts';

const signal = new AbortController().signal;

type Access = Awaited<ReturnType<ClientConfig['access']>>;

async function certificatesFor(t: TestContext): Promise<Certificates | undefined> {
  const openssl = await requireTool(t, 'openssl');
  return openssl === undefined ? undefined : await makeCertificates(openssl);
}

/** A server that says who the client is. */
function server({ ca, server: own }: Certificates, seen: Socket[] = []): Server {
  const answer: RequestListener = ({ socket }, response) => {
    seen.push(socket);
    const certificate: PeerCertificate = Reflect.apply(Reflect.get(socket, 'getPeerCertificate'), socket, []);
    response.end(JSON.stringify(certificate.subject?.CN ?? 'nobody'));
  };
  return createTlsServer({ ...own, ca, requestCert: true, rejectUnauthorized: false }, answer);
}

interface Client extends Disposable {
  readonly api: OpenApiServer;
  /** What the next request is made with. */
  access: Access;
}

function client(url: string, trust: Partial<Access['trust']>, config: Partial<ClientConfig> = {}): Client {
  let access: Access = { identity: { headers: {} }, trust: { insecure: false, ...trust } };
  const api = createApiServer(
    {
      source: 'a test',
      server: new URL(url),
      namespace: undefined,
      route: { kind: 'direct' },
      access: async () => access,
      refuse: () => false,
      ...config,
    },
    { clock: systemClock, userAgent: 'tester/1' },
  );
  return {
    api,
    get access() {
      return access;
    },
    set access(next) {
      access = next;
    },
    [Symbol.dispose]: () => api.close(),
  };
}

async function ask({ api }: Client): Promise<unknown> {
  return await api.get('/version', {}, signal);
}

test('only the authority of the cluster is believed, unless anything is', async (t) => {
  const certificates = await certificatesFor(t);
  if (!certificates) return;
  const { ca } = certificates;
  using target = await listen(server(certificates));
  const url = `https://127.0.0.1:${target.port}`;
  using good = client(url, { ca });
  assert.equal(await ask(good), 'nobody');
  using any = client(url, { insecure: true });
  assert.equal(await ask(any), 'nobody');
  using stranger = client(url, {});
  await assert.rejects(ask(stranger), {
    name: 'ApiError',
    message: 'cannot read /version: self-signed certificate in certificate chain',
  });
});

test('the name to check', async (t) => {
  const certificates = await certificatesFor(t);
  if (!certificates) return;
  using target = await listen(server(certificates));
  const url = `https://127.0.0.1:${target.port}`;
  using good = client(url, { ca: certificates.ca, servername: 'registry.test' });
  assert.equal(await ask(good), 'nobody');
  using wrong = client(url, { ca: certificates.ca, servername: 'other.test' });
  await assert.rejects(ask(wrong), { name: 'ApiError', message: /altnames: Host: other\.test/ });
});

test('client certificates that are replaced are shown on new connections', async (t) => {
  const certificates = await certificatesFor(t);
  if (!certificates) return;
  const { ca, client: pair, server: other } = certificates;
  const seen: Socket[] = [];
  using target = await listen(server(certificates, seen));
  using subject = client(`https://127.0.0.1:${target.port}`, { ca });
  assert.equal(await ask(subject), 'nobody');
  assert.equal(await ask(subject), 'nobody');
  subject.access = { identity: { headers: {}, ...pair }, trust: { ca, insecure: false } };
  assert.equal(await ask(subject), 'client');
  // Between the replacement of one file and of the other the pair that fits stays in use.
  subject.access = {
    identity: { headers: {}, cert: other.cert, key: pair.key },
    trust: { ca, insecure: false },
  };
  assert.equal(await ask(subject), 'client');
  subject.access = { identity: { headers: {}, ...other }, trust: { ca, insecure: false } };
  assert.equal(await ask(subject), 'server');
  assert.equal(new Set(seen).size, 3);
});

test('certificates that are of no use', async (t) => {
  const certificates = await certificatesFor(t);
  if (!certificates) return;
  const { ca, client: pair, server: other } = certificates;
  using subject = client('https://127.0.0.1:1', { ca });
  subject.access = {
    identity: { headers: {}, cert: pair.cert, key: other.key },
    trust: { ca, insecure: false },
  };
  await assert.rejects(ask(subject), {
    name: 'ApiError',
    message: /^cannot read \/version: the certificates of a test cannot be used: .*key values mismatch/,
  });
});

test('through an HTTP proxy', async (t) => {
  const certificates = await certificatesFor(t);
  if (!certificates) return;
  using target = await listen(server(certificates));
  const seen: unknown[] = [];
  const tunnel = createServer().on('connect', (request, socket) => {
    seen.push(request.url);
    join(socket, target.port, 'HTTP/1.1 200 OK\r\n\r\n');
  });
  using proxy = await listen(tunnel);
  const route = { kind: 'http', proxies: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } } as const;
  using subject = client('https://registry.test:6443', { ca: certificates.ca }, { route });
  assert.equal(await ask(subject), 'nobody');
  assert.deepEqual(seen, ['registry.test:6443']);
});

test('through a SOCKS proxy, with a certificate', async (t) => {
  const certificates = await certificatesFor(t);
  if (!certificates) return;
  const { ca, client: pair } = certificates;
  using target = await listen(server(certificates));
  const seen: string[] = [];
  const proxy = createSocketServer((socket) => {
    // RFC 1928: a greeting, then a request to connect, each of them in one piece here.
    socket.once('data', () => {
      socket.write(Buffer.of(5, 0));
      socket.once('data', (request) => {
        seen.push(request.subarray(5, -2).toString());
        join(socket, target.port, Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
      });
    });
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  try {
    const port: unknown = Reflect.get(Object(proxy.address()), 'port');
    const route = { kind: 'socks', url: `socks5h://127.0.0.1:${String(port)}` } as const;
    using subject = client('https://registry.test:6443', { ca }, { route });
    subject.access = { identity: { headers: {}, ...pair }, trust: { ca, insecure: false } };
    assert.equal(await ask(subject), 'client');
    assert.deepEqual(seen, ['registry.test']);
  } finally {
    proxy.close();
  }
});

/** Greets, and lets two connections speak with each other. */
function join(
  socket: NodeJS.ReadWriteStream & { destroy(): unknown },
  port: number,
  greeting: string | Buffer,
): void {
  const onward = connect(port, '127.0.0.1', () => {
    socket.write(greeting);
    socket.pipe(onward).pipe(socket);
  });
  onward.on('error', () => socket.destroy());
  onward.on('close', () => socket.destroy());
  socket.on('error', () => onward.destroy());
  socket.on('close', () => onward.destroy());
}

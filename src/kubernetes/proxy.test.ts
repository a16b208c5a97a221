import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Route, routeTo } from './proxy.ts';

function route(
  server: string,
  variables: Readonly<Record<string, string>> = {},
  proxyUrl?: string,
  nodeVersion = '24.5.0',
): Route {
  return routeTo(new URL(server), { variables, nodeVersion, proxyUrl, place: 'config: clusters[0].cluster' });
}

const PROXY = { HTTPS_PROXY: 'http://proxy.test:3128' };
const DIRECT: Route = { kind: 'direct' };

test('the environment', () => {
  const proxies = { HTTPS_PROXY: 'http://proxy.test:3128/' };
  assert.deepEqual(route('https://api.test'), DIRECT);
  assert.deepEqual(route('https://api.test', PROXY), { kind: 'http', proxies });
  assert.deepEqual(route('https://127.0.0.1:6443', PROXY), DIRECT);
  assert.throws(() => route('https://api.test', PROXY, undefined, '22.19.0'), { name: 'ProxyError' });
});

test('networks that are exempt', () => {
  const NO_PROXY = '.svc, 10.96.0.0/12,fd00::/8,10.0.0.0/99,nonsense/8';
  for (const server of ['https://10.96.0.1', 'https://10.111.255.255:443', 'https://[fd00::1]:6443']) {
    assert.deepEqual(route(server, { ...PROXY, no_proxy: NO_PROXY }), DIRECT);
  }
  for (const server of ['https://10.112.0.1', 'https://[fe00::1]', 'https://api.test']) {
    assert.equal(route(server, { ...PROXY, NO_PROXY }).kind, 'http');
  }
});

test('the proxy-url of a cluster comes first', () => {
  const url = 'http://me:secret@other.test:1';
  assert.deepEqual(route('https://127.0.0.1', PROXY, url), {
    kind: 'http',
    proxies: { HTTP_PROXY: `${url}/`, HTTPS_PROXY: `${url}/` },
  });
  assert.deepEqual(route('https://api.test', {}, 'socks5://proxy.test:1080'), {
    kind: 'socks',
    url: 'socks5://proxy.test:1080',
  });
  for (const wrong of ['ftp://me:secret@x', 'me:secret@x']) {
    assert.throws(() => route('https://api.test', {}, wrong), {
      name: 'ConfigError',
      message: 'config: clusters[0].cluster.proxy-url is not the URL of a proxy (http, https or socks5)',
    });
  }
});

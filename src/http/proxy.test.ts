import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { proxyEnvironment, proxyPorts } from './proxy.ts';

const PROXY = 'http://proxy.test:3128/';

describe('proxyEnvironment', () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, object])[] = [
    [{}, {}],
    [{ HTTPS_PROXY: '', NO_PROXY: 'x' }, {}],
    [{ HTTPS_PROXY: 'http://proxy.test:3128' }, { HTTPS_PROXY: PROXY }],
    [{ https_proxy: 'proxy.test:3128', HTTPS_PROXY: 'other:1' }, { HTTPS_PROXY: PROXY }],
    [
      { http_proxy: PROXY, no_proxy: 'a,b' },
      { HTTP_PROXY: PROXY, NO_PROXY: 'a,b' },
    ],
    [{ HTTP_PROXY: 'https://u:p@proxy.test' }, { HTTP_PROXY: 'https://u:p@proxy.test/' }],
  ];
  for (const [variables, expected] of cases) {
    test(JSON.stringify(variables), () => assert.deepEqual(proxyEnvironment(variables, '24.5.0'), expected));
  }

  test('a value that is no proxy is named without being shown', () => {
    for (const value of ['socks5://u:secret@proxy.test:1', 'http://:secret@', 'u:secret@:0x']) {
      assert.throws(() => proxyEnvironment({ HTTP_PROXY: value }, '24.5.0'), {
        name: 'ProxyError',
        message: 'HTTP_PROXY is not the URL of an HTTP proxy (http://host:port)',
      });
    }
  });

  test('a Node that cannot is told from one that can', () => {
    const able = (version: string): boolean => {
      try {
        return proxyEnvironment({ HTTP_PROXY: PROXY }, version).HTTP_PROXY === PROXY;
      } catch {
        return false;
      }
    };
    const versions = ['22.19.0', '22.20.3', '22.21.0', '23.11.0', '24.4.1', '24.5.0', '25.0.0'];
    assert.deepEqual(versions.filter(able), ['22.21.0', '24.5.0', '25.0.0']);
    assert.deepEqual(proxyEnvironment({ HTTP_PROXY: PROXY, NO_PROXY: '*' }, '22.19.0').NO_PROXY, '*');
  });
});

test('the ports of proxies, also those that are not written', () => {
  assert.deepEqual(
    [...proxyPorts({ HTTP_PROXY: 'https://a.test/', HTTPS_PROXY: 'http://b.test:3128/' })],
    [443, 3128],
  );
  assert.deepEqual([...proxyPorts({ HTTP_PROXY: 'http://a.test/' })], [80]);
});

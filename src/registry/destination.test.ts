import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hostName, isLoopbackHost, isPrivateAddress } from '../http/index.ts';
import { destination, type Sender } from './destination.ts';

const PUBLIC: Sender = { base: new URL('https://r.example/'), private: false };
const INSIDE: Sender = { base: new URL('https://r.corp:8443/'), private: true };
const PLAIN: Sender = { base: new URL('http://localhost:5000/'), private: true };

describe('where a registry may send us', () => {
  const cases: readonly (readonly [Sender, string, string, 'own' | 'other' | 'public'])[] = [
    [PUBLIC, '/v2/a?x=%2f', 'https://r.example/v2/a?x=%2f', 'own'],
    [PUBLIC, 'b?c', 'https://r.example/v2/b?c', 'own'],
    [PUBLIC, 'https://r.example:443/x', 'https://r.example/x', 'own'],
    // Behind a TLS proxy a registry thinks that it speaks plain HTTP.
    [PUBLIC, 'http://r.example/x', 'https://r.example/x', 'own'],
    [PUBLIC, 'https://R.EXAMPLE/x', 'https://r.example/x', 'own'],
    [PUBLIC, 'https://r.example:444/x', 'https://r.example:444/x', 'public'],
    [PUBLIC, 'https://cdn.example/x?sig=%2b', 'https://cdn.example/x?sig=%2b', 'public'],
    [PUBLIC, '//cdn.example/x', 'https://cdn.example/x', 'public'],
    [PUBLIC, 'https://r.example.evil.example/', 'https://r.example.evil.example/', 'public'],
    [INSIDE, 'https://10.0.0.1/x', 'https://10.0.0.1/x', 'other'],
    [INSIDE, 'http://r.corp:8443/x', 'https://r.corp:8443/x', 'own'],
    [PLAIN, 'http://localhost:5001/token', 'http://localhost:5001/token', 'other'],
    [PLAIN, 'https://cdn.example/x', 'https://cdn.example/x', 'other'],
    [PLAIN, 'https://localhost:5000/x', 'http://localhost:5000/x', 'own'],
  ];
  for (const [sender, text, href, kind] of cases) {
    test(`${sender.base.host} to ${text}`, () => {
      const { url, own, publicOnly } = destination(sender, text, new URL('/v2/from', sender.base));
      assert.equal(url.href, href);
      assert.deepEqual({ own, publicOnly }, { own: kind === 'own', publicOnly: kind === 'public' });
    });
  }
});

describe('where it may not', () => {
  const cases: readonly (readonly [Sender, string, string])[] = [
    [PUBLIC, 'http://cdn.example/x', 'r.example sends us to http://cdn.example, which is not https'],
    [PUBLIC, 'ftp://cdn.example/x', 'r.example sends us to ftp://cdn.example, which is not https'],
    [PUBLIC, 'file:///etc/passwd', 'r.example sends us to file://, which is not https'],
    [PUBLIC, 'https://127.0.0.1/', 'r.example sends us to the private address 127.0.0.1'],
    [PUBLIC, 'https://127.1:80/', 'r.example sends us to the private address 127.0.0.1:80'],
    [PUBLIC, 'https://0x7f000001/', 'r.example sends us to the private address 127.0.0.1'],
    [PUBLIC, 'https://localhost/', 'r.example sends us to the private address localhost'],
    [PUBLIC, 'https://169.254.169.254/', 'r.example sends us to the private address 169.254.169.254'],
    [PUBLIC, 'https://[fd00:ec2::254]/', 'r.example sends us to the private address [fd00:ec2::254]'],
    [PUBLIC, 'https://[::ffff:10.0.0.1]/', 'r.example sends us to the private address [::ffff:a00:1]'],
    [PUBLIC, 'https://0.0.0.0/', 'r.example sends us to the private address 0.0.0.0'],
    [
      PUBLIC,
      'https://u:secret@cdn.example/',
      'r.example sends us to cdn.example with credentials in the URL',
    ],
    [PUBLIC, 'https://u:secret@r.example/', 'r.example sends us to r.example with credentials in the URL'],
    [PUBLIC, 'https://[', 'r.example sends us to something that is no URL'],
    [INSIDE, 'http://other.corp/', 'r.corp:8443 sends us to http://other.corp, which is not https'],
  ];
  for (const [sender, text, message] of cases) {
    test(`${sender.base.host} to ${text}`, () => {
      assert.throws(() => destination(sender, text, sender.base), { name: 'DestinationError', message });
    });
  }
});

test("addresses that are nobody else's", () => {
  const inside = ['127.0.0.1', '127.9.9.9', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'];
  const more = [
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
  ];
  for (const address of [...inside, ...more]) assert.ok(isPrivateAddress(address), address);
  for (const address of [
    '172.32.0.1',
    '172.15.0.1',
    '8.8.8.8',
    '100.128.0.1',
    '2001:db8::1',
    '::ffff:8.8.8.8',
    'r.example',
    '',
  ]) {
    assert.ok(!isPrivateAddress(address), address);
  }
});

test('names and addresses of this machine', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:5000',
    'a.localhost',
    '127.0.0.1:1',
    '127.8.8.8',
    '[::1]',
    '[::1]:5000',
  ]) {
    assert.ok(isLoopbackHost(host), host);
  }
  for (const host of [
    'localhost.example',
    'notlocalhost',
    '10.0.0.1',
    '[::2]',
    '128.0.0.1:80',
    'docker.io',
  ]) {
    assert.ok(!isLoopbackHost(host), host);
  }
  assert.equal(hostName('[::1]:5000'), '::1');
  assert.equal(hostName('r.example:5000'), 'r.example');
});

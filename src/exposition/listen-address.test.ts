import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ListenAddress, parseListenAddress } from './listen-address.ts';

const READ: readonly (readonly [string, ListenAddress])[] = [
  [':8080', { host: undefined, port: 8080 }],
  [':0', { host: undefined, port: 0 }],
  ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
  ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['[fe80::1%eth0]:8080', { host: 'fe80::1%eth0', port: 8080 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
];

for (const [text, address] of READ) {
  test(`"${text}" is an address`, () => assert.deepEqual(parseListenAddress('--address', text), address));
}

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /no host:port/],
  ['8080', /no host:port/],
  ['localhost', /no host:port/],
  ['::1:8080', /no host:port/],
  ['localhost:http', /no host:port/],
  ['localhost:-1', /no host:port/],
  ['a b:80', /no host:port/],
  ['http://localhost:80', /no host:port/],
  [':65536', /ports end at 65535/],
];

for (const [text, fault] of REFUSED) {
  test(`"${text}" is none`, () => {
    assert.throws(
      () => parseListenAddress('--metrics-bind-address', text),
      (error: unknown) => {
        assert.ok(error instanceof Error);
        assert.equal(error.name, 'ListenError');
        assert.match(error.message, fault);
        assert.ok(error.message.startsWith(`--metrics-bind-address "${text}": `));
        return true;
      },
    );
  });
}

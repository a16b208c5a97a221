import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { normalisePlatform, parsePlatform, type Platform, readPlatform } from './platform.ts';

describe('parsePlatform', () => {
  const cases: readonly (readonly [string, Platform])[] = [
    ['linux/amd64', { os: 'linux', architecture: 'amd64' }],
    ['Linux/x86_64', { os: 'linux', architecture: 'amd64' }],
    ['linux/x86-64/v1', { os: 'linux', architecture: 'amd64' }],
    ['linux/amd64/v3', { os: 'linux', architecture: 'amd64', variant: 'v3' }],
    ['linux/i386', { os: 'linux', architecture: '386' }],
    ['linux/aarch64', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm64/v8', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm64/8.0', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm64/9', { os: 'linux', architecture: 'arm64', variant: 'v9' }],
    ['linux/arm', { os: 'linux', architecture: 'arm' }],
    ['linux/arm/7', { os: 'linux', architecture: 'arm' }],
    ['linux/armhf', { os: 'linux', architecture: 'arm' }],
    ['linux/armel', { os: 'linux', architecture: 'arm', variant: 'v6' }],
    ['linux/arm/v5', { os: 'linux', architecture: 'arm', variant: 'v5' }],
    ['macos/arm64', { os: 'darwin', architecture: 'arm64' }],
    ['linux/riscv64', { os: 'linux', architecture: 'riscv64' }],
    ['windows/amd64:10.0.20348', { os: 'windows', architecture: 'amd64', osVersion: '10.0.20348' }],
  ];
  for (const [text, platform] of cases) {
    test(text, () => assert.deepEqual(parsePlatform(text), platform));
  }

  for (const text of ['', 'linux', 'linux/', '/amd64', 'linux/amd64/v8/x', 'linux/am d64', 'linux/amd64:']) {
    test(`not "${text}"`, () => {
      assert.throws(() => parsePlatform(text), {
        name: 'PlatformError',
        message: `platform "${text}" is not of the form os/architecture[/variant][:os.version], as linux/arm64`,
      });
    });
  }

  test('what is normalised stays as it is', () => {
    const word = fc.stringMatching(/^[a-z0-9_.-]{1,8}$/);
    const variant = fc.option(fc.oneof(word, fc.constantFrom('8', 'v8', '7', 'v7.0', 'v1')), { nil: '' });
    const architecture = fc.oneof(word, fc.constantFrom('arm', 'aarch64', 'armel', 'amd64'));
    fc.assert(
      fc.property(word, architecture, variant, (os, name, level) => {
        const once = normalisePlatform({ os, architecture: name, variant: level });
        assert.deepEqual(normalisePlatform(once), once);
      }),
    );
  });
});

test('a platform in JSON', () => {
  const windows = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.1', 'os.features': ['win32k'] };
  assert.deepEqual(readPlatform(windows), { os: 'windows', architecture: 'amd64', osVersion: '10.0.1' });
  const plain = { os: 'linux', architecture: 'arm64', variant: '', 'os.version': 5 };
  assert.deepEqual(readPlatform(plain), { os: 'linux', architecture: 'arm64' });
  for (const value of [undefined, null, 'linux', {}, { os: 'linux' }, { os: 1, architecture: 'amd64' }]) {
    assert.equal(readPlatform(value), undefined);
  }
});

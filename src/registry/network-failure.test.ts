import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NetworkFailure, networkFailure } from './network-failure.ts';

function coded(code: string): Error {
  return Object.assign(new Error('it failed'), { code });
}

const cases: Readonly<Record<NetworkFailure, readonly string[]>> = {
  timeout: ['ETIMEDOUT', 'ESOCKETTIMEDOUT'],
  refused: ['ECONNREFUSED'],
  dns: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'ENODATA'],
  tls: [
    'EPROTO',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ],
  other: ['ECONNRESET', 'EPIPE', 'EHOSTUNREACH', 'HPE_INVALID_CONSTANT', ''],
};
for (const failure of ['timeout', 'refused', 'dns', 'tls', 'other'] as const) {
  for (const code of cases[failure]) {
    test(`${code} is ${failure}`, () => assert.equal(networkFailure(coded(code)), failure));
  }
}

test('a deadline is a timeout, another end is not', () => {
  assert.equal(networkFailure(new DOMException('too late', 'TimeoutError')), 'timeout');
  assert.equal(networkFailure(new DOMException('enough', 'AbortError')), 'other');
  assert.equal(networkFailure('x'), 'other');
});

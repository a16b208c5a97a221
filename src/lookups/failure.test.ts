import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NameError } from '../oci/index.ts';
import { RegistryError } from '../registry/index.ts';
import { classify, LookupError } from './failure.ts';
import { failing } from './fake-registry.ts';

const REPOSITORY = { registry: 'a.test', path: 'app' };

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function caused(cause: unknown): RegistryError {
  return new RegistryError({ repository: REPOSITORY, operation: 'look it up', cause });
}

const CASES: readonly [name: string, error: unknown, reason: string][] = [
  ['401', failing(401), 'unauthorized'],
  ['403', failing(403), 'forbidden'],
  ['404', failing(404), 'not_found'],
  ['429', failing(429), 'rate_limited'],
  ['500', failing(500), 'unavailable'],
  ['503', failing(503), 'unavailable'],
  ['no answer', failing(undefined), 'unavailable'],
  ['a name that is not in DNS', caused(coded('ENOTFOUND')), 'unavailable'],
  ['a refused connection', caused(coded('ECONNREFUSED')), 'unavailable'],
  ['a certificate', caused(coded('CERT_HAS_EXPIRED')), 'unavailable'],
  ['a connection that times out', caused(coded('ETIMEDOUT')), 'timeout'],
  [
    'a code that says more than the status',
    new RegistryError({
      repository: REPOSITORY,
      operation: 'look it up',
      status: 403,
      faults: [{ code: 'TOOMANYREQUESTS', message: '' }],
    }),
    'rate_limited',
  ],
  [
    'an answer that makes no sense',
    new RegistryError({ repository: REPOSITORY, operation: 'look it up', reason: 'another digest' }),
    'invalid_response',
  ],
  ['a host that can be none', new NameError('999.1.1.1/a', 'it is no host'), 'invalid_reference'],
  ['our own', new LookupError('unsupported', 'it is an artifact'), 'unsupported'],
  ['what nobody foresaw', new TypeError('x is not a function'), 'unavailable'],
  ['what is no error', 'x', 'unavailable'],
];

for (const [name, error, reason] of CASES) {
  test(`${name} is ${reason}`, () => {
    assert.deepEqual(classify(error), { reason, retryAfter: undefined, error });
  });
}

test('how long the registry wants to be left alone is kept', () => {
  assert.equal(classify(failing(429, 7_000)).retryAfter, 7_000);
});

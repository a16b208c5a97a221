import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManifestError } from '../oci/index.ts';
import {
  ContentError,
  DestinationError,
  PausedError,
  RegistryError,
  type RegistryErrorParts,
} from './errors.ts';
import { type FailureKind, failureKind } from './failure-kind.ts';
import { RegistryBlockedError } from './mirrors.ts';
import { TokenError } from './token.ts';

const COMMON = { repository: { registry: 'r.example', path: 'a' }, operation: 'look up tag "1"' };

function coded(code: string): Error {
  return Object.assign(new Error('it failed'), { code });
}

function service(status: number | undefined, options?: object): TokenError {
  return new TokenError('auth.example', status, 'no token', options);
}

describe('an answer', () => {
  const cases: readonly (readonly [FailureKind, Partial<RegistryErrorParts>])[] = [
    ['not_found', { status: 404 }],
    ['not_found', { status: 404, faults: [{ code: 'NAME_UNKNOWN', message: '' }] }],
    ['not_found', { status: 410 }],
    ['unauthorized', { status: 401, faults: [{ code: 'UNAUTHORIZED', message: '' }] }],
    ['forbidden', { status: 402 }],
    ['forbidden', { status: 403 }],
    ['forbidden', { status: 451 }],
    ['rate_limited', { status: 429 }],
    ['rate_limited', { status: 403, faults: [{ code: 'TOOMANYREQUESTS', message: '' }] }],
    ['rate_limited', { status: 503, verdict: 'pause' }],
    ['timeout', { status: 408 }],
    ...[499, 500, 501, 502, 503, 504, 522].map((status) => ['unavailable', { status }] as const),
    ...[200, 202, 301, 400, 405, 416, 418].map((status) => ['invalid_response', { status }] as const),
    ['invalid_response', { reason: 'the answer has no Location' }],
    ['unsupported', { status: 200, kind: 'unsupported' }],
  ];
  for (const [kind, parts] of cases) {
    test(`${JSON.stringify(parts)} is ${kind}`, () => {
      const error = new RegistryError({ ...COMMON, ...parts });
      assert.equal(error.kind, kind);
      assert.equal(failureKind(error), kind);
    });
  }
});

describe('a cause', () => {
  const cases: readonly (readonly [FailureKind, unknown])[] = [
    ['timeout', coded('ETIMEDOUT')],
    ['timeout', new DOMException('too late', 'TimeoutError')],
    ['unavailable', coded('ENOTFOUND')],
    ['unavailable', coded('ECONNREFUSED')],
    ['unavailable', coded('CERT_HAS_EXPIRED')],
    ['unavailable', new Error('the keychain failed')],
    ['unavailable', 'not even an error'],
    ['unavailable', Object.assign(new Error('another kind of kind'), { kind: 'of magic' })],
    ['invalid_response', new ContentError('longer than 4 bytes')],
    ['invalid_response', new ManifestError('the manifest is not JSON')],
    ['unsupported', new ManifestError('manifest type "x"', { unknownType: true })],
    ['invalid_response', new DestinationError('more than 10 redirects')],
    ['blocked', new DestinationError('a private address', { blocked: true })],
    ['blocked', new RegistryBlockedError('r.example: blocked')],
    ['rate_limited', new PausedError(1000)],
    ['unauthorized', service(401)],
    ['forbidden', service(403)],
    ['unauthorized', service(404)],
    ['unauthorized', service(400)],
    ['rate_limited', service(429)],
    ['rate_limited', service(503, { retryAfter: 5 })],
    ['unavailable', service(503)],
    ['invalid_response', service(200)],
    ['timeout', service(undefined, { cause: coded('ETIMEDOUT') })],
    ['unavailable', service(undefined, { cause: coded('ECONNRESET') })],
  ];
  for (const [kind, cause] of cases) {
    test(`${String(cause)} is ${kind}, whatever the status`, () => {
      assert.equal(failureKind(cause), kind);
      assert.equal(new RegistryError({ ...COMMON, status: 404, cause }).kind, kind);
    });
  }
});

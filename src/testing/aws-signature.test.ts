import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { awsSignatureFault } from './aws-signature.ts';
import type { CloudCall } from './cloud-listener.ts';

// AWS's own test vector "get-vanilla".
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const NOW = Date.parse('2015-08-30T12:36:00Z');
const SCOPE = { region: 'us-east-1', service: 'service' };
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';

interface Change {
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly body?: string;
  readonly now?: number;
}

function fault({ headers = {}, path = '/', body = '', now = NOW }: Change): string | undefined {
  const call: CloudCall = {
    method: 'GET',
    host: 'example.amazonaws.com',
    url: new URL(path, 'http://example.amazonaws.com'),
    headers: new Map(
      Object.entries({
        host: 'example.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        authorization: AUTHORIZATION,
        ...headers,
      }),
    ),
    body,
  };
  return awsSignatureFault(call, SCOPE, [KEYS], now);
}

describe('signature version 4', () => {
  test('the test vector of AWS', () => assert.equal(fault({}), undefined));

  const wrong: Readonly<Record<string, readonly [Change, RegExp]>> = {
    'another path': [{ path: '/x' }, /does not match/],
    'another query': [{ path: '/?a=b' }, /does not match/],
    'another body': [{ body: '{}' }, /does not match/],
    'another host': [{ headers: { host: 'evil.example' } }, /does not match/],
    'a header that should be signed': [{ headers: { 'x-amz-target': 'T' } }, /SignedHeaders/],
    'too late': [{ now: NOW + 6 * 60_000 }, /expired/],
    'another region': [
      { headers: { authorization: AUTHORIZATION.replace('us-east-1', 'us-east-2') } },
      /scoped to us-east-1\/service/,
    ],
    'an unknown key': [
      { headers: { authorization: AUTHORIZATION.replace('AKIDEXAMPLE', 'AKIDOTHER') } },
      /security token/,
    ],
    'no form at all': [{ headers: { authorization: 'Basic x' } }, /IncompleteSignature/],
  };
  for (const [name, [change, message]] of Object.entries(wrong)) {
    test(name, () => assert.match(fault(change) ?? '', message));
  }
});

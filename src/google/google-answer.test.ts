import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { googleRefusal } from '../testing/index.ts';
import { GoogleError } from './google-api.ts';
import { readGoogleAnswer } from './google-answer.ts';

const HOST = 'cloudkms.googleapis.com';

function disabled(consumer?: string): string {
  const metadata = { service: HOST, ...(consumer === undefined ? {} : { consumer }) };
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED', metadata };
  const help = { '@type': 'type.googleapis.com/google.rpc.Help', links: [] };
  return JSON.stringify(googleRefusal('PERMISSION_DENIED', 'It is off.', [help, info]).body);
}

const errors: readonly (readonly [name: string, status: number, text: string, message: string])[] = [
  [
    'a refusal',
    403,
    JSON.stringify(googleRefusal('PERMISSION_DENIED', "Permission 'x' denied\n on y.").body),
    `${HOST}: 403 PERMISSION_DENIED: Permission 'x' denied on y.`,
  ],
  [
    'an API that is off',
    403,
    disabled('projects/12'),
    `${HOST}: 403 PERMISSION_DENIED: It is off.; "gcloud services enable ${HOST} --project 12" turns it on`,
  ],
  [
    'an API that is off, nobody knows where',
    403,
    disabled(),
    `${HOST}: 403 PERMISSION_DENIED: It is off.; "gcloud services enable ${HOST}" turns it on`,
  ],
  [
    "an API that is off in gcloud's own project",
    403,
    disabled('projects/764086051850'),
    `${HOST}: 403 PERMISSION_DENIED: It is off.; "gcloud auth application-default set-quota-project PROJECT" says who is charged`,
  ],
  ['an answer of the front end', 404, '<html>', `${HOST}: 404`],
  ['an error of another form', 400, '{"error":"invalid","x":[]}', `${HOST}: 400`],
  ['an error without words', 400, '{"error":{"status":"INVALID_ARGUMENT"}}', `${HOST}: 400 INVALID_ARGUMENT`],
  ['an error in a list', 400, '[{"error":{}}]', `${HOST}: 400`],
  ['no JSON', 200, '', `${HOST}: the answer (200) is no JSON`],
  [
    'a long message',
    400,
    JSON.stringify({ error: { message: 'x'.repeat(501) } }),
    `${HOST}: 400 ${'x'.repeat(500)}…`,
  ],
];
for (const [name, status, text, message] of errors) {
  test(`${name} in words`, () => {
    assert.throws(() => readGoogleAnswer(HOST, { status, text }), {
      name: 'GoogleError',
      message,
      httpStatus: status,
    });
  });
}

test('the code of an error is kept', () => {
  const { status, body } = googleRefusal('ALREADY_EXISTS', 'there');
  assert.throws(() => readGoogleAnswer(HOST, { status, text: JSON.stringify(body) }), {
    httpStatus: 409,
    status: 'ALREADY_EXISTS',
  });
});

test('what is JSON is the answer', () => {
  assert.deepEqual(readGoogleAnswer(HOST, { status: 200, text: '{"a":[1]}' }), { a: [1] });
});

test('whatever an error is made of, it is told in one line', () => {
  const json = fc.oneof(fc.jsonValue(), fc.record({ error: fc.jsonValue() }), detailed());
  fc.assert(
    fc.property(json, fc.integer({ min: 300, max: 599 }), (value, status) => {
      try {
        readGoogleAnswer(HOST, { status, text: JSON.stringify(value) });
        assert.fail('no error');
      } catch (error) {
        assert.ok(error instanceof GoogleError);
        assert.equal(error.httpStatus, status);
        assert.doesNotMatch(error.message, /\p{Cc}/u);
      }
    }),
  );
});

/** Errors with what hints are made from, or with something odd in its place. */
function detailed(): fc.Arbitrary<object> {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue());
  const metadata = fc.oneof(fc.record({ service: text, consumer: text }), fc.jsonValue());
  const info = fc.record({
    '@type': fc.constant('type.googleapis.com/google.rpc.ErrorInfo'),
    reason: fc.constant('SERVICE_DISABLED'),
    metadata,
  });
  const details = fc.oneof(fc.array(fc.oneof(info, fc.jsonValue())), fc.jsonValue());
  return fc.record({ error: fc.record({ status: text, message: text, details }) });
}

import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { QuickClock } from '../../test/support/client.ts';
import { CredentialError, type GoogleTokens } from '../credentials/index.ts';
import { FakeClock } from '../http/fake-clock.ts';
import { fakeEnvironment } from '../http/fake-environment.ts';
import { googleRefusal } from '../testing/index.ts';
import { createGoogleApi } from './create-google-api.ts';
import { GoogleError, type GoogleRequest } from './google-api.ts';
import type { HttpsAnswer, HttpsRequest, HttpsTransport } from './google-transport.ts';

const KEYS = new URL('https://cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings/r');
const GET: GoogleRequest = { method: 'GET', url: KEYS };
const POST: GoogleRequest = { method: 'POST', url: KEYS, body: { a: 1 } };
const NEVER = new AbortController().signal;

function unexpected(): never {
  assert.fail('asked');
}

type Step = HttpsAnswer | Error;

function ok(value: unknown = {}): HttpsAnswer {
  return { status: 200, retryAfter: undefined, text: JSON.stringify(value) };
}

function refused(code: Parameters<typeof googleRefusal>[0], retryAfter?: string): HttpsAnswer {
  const { status, body } = googleRefusal(code, `${code} it is`);
  return { status, retryAfter, text: JSON.stringify(body) };
}

function network(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

/** An API on a transport that goes through the steps, the last one for ever. */
function setup(steps: readonly Step[], tokens?: Partial<GoogleTokens>) {
  const clock = new QuickClock();
  const start = clock.now();
  const sent: HttpsRequest[] = [];
  const times: number[] = [];
  let bought = 0;
  const transport: HttpsTransport = async (request) => {
    const step = steps[Math.min(sent.length, steps.length - 1)];
    sent.push(request);
    times.push(clock.now() - start);
    if (step === undefined) throw new Error('no step');
    if (step instanceof Error) throw step;
    return step;
  };
  const api = createGoogleApi({
    environment: fakeEnvironment(),
    clock,
    random: () => 1,
    tokens: {
      token: async () => ({ token: `t${bought}` }),
      refused: () => void (bought += 1),
      ...tokens,
    },
    transport,
  });
  const call = async (request: GoogleRequest): Promise<unknown> => await api.call(request, NEVER);
  return { api, call, sent, times };
}

test('a request carries the token, its body as JSON, and who is charged', async () => {
  const { call, sent } = setup([ok({ name: 'x' })], {
    token: async () => ({ token: 'secret', quotaProject: 'payer' }),
  });
  assert.deepEqual(await call(POST), { name: 'x' });
  assert.deepEqual(sent, [
    {
      method: 'POST',
      url: KEYS,
      headers: {
        accept: 'application/json',
        authorization: 'Bearer secret',
        'x-goog-user-project': 'payer',
        'content-type': 'application/json',
      },
      body: '{"a":1}',
    },
  ]);
});

test('nothing is done before the first call', () => {
  createGoogleApi({
    environment: { ...fakeEnvironment(), readFile: unexpected, readDirectory: unexpected },
    transport: unexpected,
  });
});

for (const address of [
  'http://cloudkms.googleapis.com/v1/x',
  'https://cloudkms.googleapis.com.example/v1/x',
  'https://cloudkms.googleapis.com:8443/v1/x',
  'https://googleapis.com/v1/x',
  'https://me:pw@cloudkms.googleapis.com/v1/x',
]) {
  test(`no token is bought for ${address}`, async () => {
    const { api, sent } = setup([ok()], { token: async () => assert.fail('bought') });
    await assert.rejects(api.call({ method: 'GET', url: new URL(address) }, NEVER), GoogleError);
    assert.deepEqual(sent, []);
  });
}

const RESET = network('ECONNRESET');
const REFUSED = network('ECONNREFUSED');
const CERTIFICATE = network('CERT_HAS_EXPIRED');

interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly request?: GoogleRequest;
  /** When each try starts, in milliseconds. */
  readonly times: readonly number[];
  /** Undefined where it ends well. */
  readonly error?: string;
}

const once: GoogleRequest = { ...POST, repeatable: false };
const cases: readonly Case[] = [
  { name: 'a quota', steps: [refused('RESOURCE_EXHAUSTED'), ok()], times: [0, 1000] },
  {
    name: 'a quota that says for how long',
    steps: [refused('RESOURCE_EXHAUSTED', '60'), ok()],
    times: [0, 60_000],
  },
  {
    name: 'a quota that lasts longer than our patience',
    steps: [refused('RESOURCE_EXHAUSTED', '301')],
    times: [0],
    error: 'cloudkms.googleapis.com: 429 RESOURCE_EXHAUSTED: RESOURCE_EXHAUSTED it is',
  },
  {
    name: 'a quota that never fills up',
    steps: [refused('RESOURCE_EXHAUSTED')],
    times: [0, 1, 3, 7, 15, 31, 63, 95, 127, 159, 191, 223, 255, 287].map((seconds) => seconds * 1000),
    error: 'cloudkms.googleapis.com: 429 RESOURCE_EXHAUSTED: RESOURCE_EXHAUSTED it is',
  },
  {
    name: 'a quota, for what must not be done twice',
    steps: [refused('RESOURCE_EXHAUSTED'), ok()],
    request: once,
    times: [0, 1000],
  },
  { name: 'a server in trouble', steps: [refused('UNAVAILABLE'), ok()], times: [0, 500] },
  {
    name: 'a server in trouble that says for how long',
    steps: [refused('UNAVAILABLE', '7'), ok()],
    times: [0, 7000],
  },
  {
    name: 'a server that stays in trouble',
    steps: [refused('INTERNAL')],
    times: [0, 500, 1500, 3500, 7500, 15_500],
    error: 'cloudkms.googleapis.com: 500 INTERNAL: INTERNAL it is',
  },
  {
    name: 'a front end in trouble, which answers in HTML',
    steps: [{ status: 502, retryAfter: undefined, text: '<html>' }, ok()],
    times: [0, 500],
  },
  {
    name: 'trouble with what must not be done twice',
    steps: [refused('UNAVAILABLE'), ok()],
    request: once,
    times: [0],
    error: 'cloudkms.googleapis.com: 503 UNAVAILABLE: UNAVAILABLE it is',
  },
  { name: 'a broken connection', steps: [RESET, ok()], times: [0, 500] },
  {
    name: 'a broken connection under what must not be done twice',
    steps: [RESET, ok()],
    request: once,
    times: [0],
    error: 'cloudkms.googleapis.com: connect ECONNRESET',
  },
  {
    name: 'no connection for what must not be done twice',
    steps: [REFUSED, ok()],
    request: once,
    times: [0, 500],
  },
  {
    name: 'a certificate that is none',
    steps: [CERTIFICATE, ok()],
    times: [0],
    error: 'cloudkms.googleapis.com: connect CERT_HAS_EXPIRED',
  },
  { name: 'a token that has ended', steps: [refused('UNAUTHENTICATED'), ok()], request: once, times: [0, 0] },
  {
    name: 'a new token that is not taken either',
    steps: [refused('UNAUTHENTICATED')],
    times: [0, 0],
    error: 'cloudkms.googleapis.com: 401 UNAUTHENTICATED: UNAUTHENTICATED it is',
  },
  {
    name: 'a refusal',
    steps: [refused('PERMISSION_DENIED')],
    times: [0],
    error: 'cloudkms.googleapis.com: 403 PERMISSION_DENIED: PERMISSION_DENIED it is',
  },
  {
    name: 'a conflict',
    steps: [refused('ALREADY_EXISTS')],
    times: [0],
    error: 'cloudkms.googleapis.com: 409 ALREADY_EXISTS: ALREADY_EXISTS it is',
  },
  {
    name: 'a redirect',
    steps: [{ status: 302, retryAfter: undefined, text: '' }],
    times: [0],
    error: 'cloudkms.googleapis.com: 302',
  },
  {
    name: 'an answer that is no JSON',
    steps: [{ status: 200, retryAfter: undefined, text: '<html>' }],
    times: [0],
    error: 'cloudkms.googleapis.com: the answer (200) is no JSON',
  },
];
for (const { name, steps, request = GET, times, error } of cases) {
  test(`${name}: ${times.length} tries`, async () => {
    const api = setup(steps);
    const call = api.call(request);
    if (error === undefined) assert.deepEqual(await call, {});
    else await assert.rejects(call, { name: 'GoogleError', message: error });
    assert.deepEqual(api.times, times);
  });
}

test('a new token is bought for one that was refused', async () => {
  const { call, sent } = setup([refused('UNAUTHENTICATED'), ok()]);
  await call(GET);
  assert.deepEqual(
    sent.map(({ headers }) => headers['authorization']),
    ['Bearer t0', 'Bearer t1'],
  );
});

test('without credentials the message is theirs, and nothing is sent', async () => {
  const { call, sent } = setup([ok()], {
    token: async () => {
      throw new CredentialError('there are none');
    },
  });
  await assert.rejects(call(GET), {
    name: 'GoogleError',
    message: 'cloudkms.googleapis.com: there are none',
  });
  assert.deepEqual(sent, []);
});

test('so many requests at a time; who waits for a quota or gives up holds up nobody', async () => {
  const clock = new FakeClock();
  const open: PromiseWithResolvers<HttpsAnswer>[] = [];
  const api = createGoogleApi({
    environment: fakeEnvironment(),
    clock,
    random: () => 1,
    atOnce: 2,
    tokens: { token: async () => ({ token: 't' }), refused: () => undefined },
    transport: async () => {
      const answer = Promise.withResolvers<HttpsAnswer>();
      open.push(answer);
      return await answer.promise;
    },
  });
  const impatient = new AbortController();
  const calls = [GET, GET].map(async (request) => await api.call(request, NEVER));
  const givenUp = api.call(GET, impatient.signal);
  const last = api.call(GET, NEVER);
  await nextTurn();
  assert.equal(open.length, 2);
  impatient.abort(new Error('enough'));
  await assert.rejects(givenUp, { message: 'enough' });
  open[0]?.resolve(refused('RESOURCE_EXHAUSTED'));
  await nextTurn();
  assert.deepEqual([open.length, clock.sleepers], [3, 1]);
  open[1]?.resolve(ok(1));
  open[2]?.resolve(ok(2));
  assert.deepEqual([await calls[1], await last], [1, 2]);
  clock.pass(1000);
  await nextTurn();
  open[3]?.resolve(ok(3));
  assert.equal(await calls[0], 3);
});

test('a signal ends the wait for a quota with its reason, whatever the clock throws', async () => {
  const stop = new AbortController();
  const api = createGoogleApi({
    environment: fakeEnvironment(),
    clock: {
      now: () => 0,
      sleep: async () => {
        stop.abort(new Error('stopped'));
        throw new Error('the operation was aborted');
      },
    },
    tokens: { token: async () => ({ token: 't' }), refused: () => undefined },
    transport: async () => refused('RESOURCE_EXHAUSTED'),
  });
  await assert.rejects(api.call(GET, stop.signal), { message: 'stopped' });
});

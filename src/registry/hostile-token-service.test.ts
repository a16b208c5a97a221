import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { listen } from '../../test/support/sending.ts';
import { digestOf, parseReference } from '../oci/index.ts';
import { RegistryError } from './errors.ts';
import type { Credential } from './keychain.ts';

const GOOD: Credential = { kind: 'basic', username: 'good', password: 'pw' };
const BAD: Credential = { kind: 'basic', username: 'bad', password: 'pw' };
const ANONYMOUS: Credential = { kind: 'anonymous' };

interface Given {
  readonly status?: number;
  readonly body: string;
}

/** Who asks for a token: a user, `-` for nobody, or the identity token. */
async function askerOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  const pair = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString();
  return form.get('refresh_token') ?? (pair.split(':')[0] || '-');
}

/** A registry whose token service gives to each what it likes; the token `good` is what the registry lets in. */
async function withTokens(
  give: (asker: string) => Given,
  body: (setting: {
    subject: TestClient;
    askers: string[];
    lookUp: (...credentials: readonly Credential[]) => Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  const askers: string[] = [];
  const digest = digestOf(Buffer.from('{}'));
  const server = createServer(async (request, response) => {
    if (request.url?.startsWith('/token')) {
      const asker = await askerOf(request);
      askers.push(asker);
      const { status = 200, body: text } = give(asker);
      response.writeHead(status).end(text);
    } else if (request.headers.authorization === 'Bearer good') {
      response.writeHead(200, { 'docker-content-digest': digest }).end();
    } else {
      const realm = `Bearer realm="http://${request.headers.host}/token",service="s"`;
      response.writeHead(401, { 'www-authenticate': realm }).end();
    }
  });
  using listening = await listen(server);
  using subject = new TestClient({ pace: { patience: 0, tries: 1 } });
  const reference = parseReference(`127.0.0.1:${listening.port}/a:1`);
  await body({
    subject,
    askers,
    lookUp: async (...credentials) => {
      const reader = subject.client.reader(reference, { keychain: { credentials: async () => credentials } });
      try {
        return (await reader.resolve({ tag: '1', digest: undefined }, subject.signal)) ? 'found' : 'none';
      } catch (error) {
        assert.ok(error instanceof RegistryError, String(error));
        return error.kind;
      }
    },
  });
}

function token(text: unknown, more: object = {}): Given {
  return { body: JSON.stringify({ token: text, ...more }) };
}

describe('what a token service makes of one credential does not end the call for the next', () => {
  const answers: readonly (readonly [name: string, alone: string, given: Given])[] = [
    ['400', 'unauthorized', { status: 400, body: '{"error":"invalid_grant"}' }],
    ['404', 'unauthorized', { status: 404, body: '' }],
    ['405', 'unauthorized', { status: 405, body: '' }],
    ['422', 'unauthorized', { status: 422, body: '' }],
    ['a redirect', 'unauthorized', { status: 302, body: '' }],
    ['a page', 'invalid_response', { body: '<html>' }],
    ['null', 'invalid_response', { body: 'null' }],
    ['no token', 'invalid_response', { body: '{"token":""}' }],
    ['a token that is a number', 'invalid_response', token(7)],
    ['a token of two lines', 'invalid_response', token('a\r\nx-other: b')],
    ['a token without end', 'invalid_response', token('x'.repeat(20_000))],
    ['a token of other letters', 'invalid_response', token('\u{1f600}')],
    ['a useless token', 'unauthorized', token('useless')],
  ];
  for (const [name, alone, given] of answers) {
    test(name, async () => {
      await withTokens(
        (asker) => (asker === 'bad' ? given : token('good')),
        async ({ lookUp }) => {
          assert.equal(await lookUp(BAD), alone);
          assert.equal(await lookUp(BAD, GOOD), 'found');
          assert.equal(await lookUp(BAD, ANONYMOUS), 'found');
        },
      );
    });
  }

  test('but a wish for peace does, and so does what is its own fault', async () => {
    for (const [status, kind] of [
      [429, 'rate_limited'],
      [502, 'unavailable'],
    ] as const) {
      await withTokens(
        (asker) => (asker === 'bad' ? { status, body: '' } : token('good')),
        async ({ lookUp }) => assert.equal(await lookUp(BAD, GOOD), kind),
      );
    }
  });
});

describe('lives of tokens that cannot be meant', () => {
  const lives: readonly unknown[] = [-1, 0, 1e308, '1e400', 'NaN', null, {}, [], '', true];
  for (const life of lives) {
    test(`${JSON.stringify(life)}: at least a minute, and until it is refused`, async () => {
      await withTokens(
        () => token('good', { expires_in: life, issued_at: '9999-99-99' }),
        async ({ lookUp, askers, subject }) => {
          assert.deepEqual([await lookUp(GOOD), await lookUp(GOOD)], ['found', 'found']);
          subject.clock.advance(54_000);
          assert.equal(await lookUp(GOOD), 'found');
          assert.deepEqual(askers, ['good']);
        },
      );
    });
  }
});

test('an identity token outlives the ones that were handed out for it', async () => {
  let valid = new Set(['first']);
  await withTokens(
    (asker) =>
      valid.has(asker)
        ? token('good', { refresh_token: 'second', expires_in: 60 })
        : { status: 400, body: '{"error":"invalid_grant"}' },
    async ({ lookUp, askers, subject }) => {
      const identity: Credential = { kind: 'identity-token', token: 'first' };
      assert.equal(await lookUp(identity), 'found');
      valid = new Set(['second']);
      subject.clock.advance(60_000);
      assert.equal(await lookUp(identity), 'found');
      valid = new Set(['first']);
      subject.clock.advance(60_000);
      assert.equal(await lookUp(identity), 'found');
      assert.deepEqual(askers, ['first', 'second', 'second', 'first']);
      valid = new Set();
      subject.clock.advance(60_000);
      assert.equal(await lookUp(identity), 'unauthorized');
    },
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type RawAnswer, RawClient } from '../../test/support/raw-client.ts';
import { digestOf } from '../oci/index.ts';
import type { TokenOptions, User } from './access.ts';
import { buildImage } from './images.ts';
import { putImage } from './image-parts.ts';
import { type EmbeddedRegistry, type RegistryOptions, startRegistry } from './registry.ts';

const ANN: User = { name: 'ann', password: 'a:pass', identityToken: 'ann-for-ever' };
const BOB: User = {
  name: 'bob',
  password: 'b',
  rights: [
    { repository: 'team/*', actions: ['pull', 'push'] },
    { repository: 'public/image', actions: ['pull'] },
  ],
};
const IMAGE = buildImage();

function basic({ name, password }: User): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

async function started(
  auth: RegistryOptions['auth'],
  options: RegistryOptions = {},
): Promise<{ registry: EmbeddedRegistry; client: RawClient }> {
  const registry = await startRegistry({ ...options, ...(auth === undefined ? {} : { auth }) });
  putImage(registry.store, 'team/image', 'v1', IMAGE);
  putImage(registry.store, 'public/image', 'v1', IMAGE);
  return { registry, client: new RawClient(registry.url) };
}

function tokenAuth(options: Partial<TokenOptions> = {}): TokenOptions {
  return { kind: 'token', users: [ANN, BOB], service: 'here', ...options };
}

async function tokenFor(
  client: RawClient,
  scopes: readonly string[],
  authorization: string | undefined,
): Promise<string> {
  const query = scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join('');
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const answer = await client.send('GET', `/token?service=here${query}`, { headers });
  assert.equal(answer.status, 200, answer.body.toString());
  return fieldOf(answer, 'token');
}

function fieldOf(answer: RawAnswer, name: string): string {
  const fields: Record<string, unknown> = JSON.parse(answer.body.toString());
  return String(fields[name]);
}

/** Status of a request with a token. */
async function statusWith(client: RawClient, token: string, method: string, path: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  const body = method === 'POST' ? { body: '' } : {};
  return (await client.send(method, path, { headers, ...body })).status;
}

describe('basic auth', () => {
  test('who is unknown is asked, who may not is denied', async () => {
    const { registry, client } = await started({ kind: 'basic', users: [ANN, BOB] });
    await using _ = registry;
    const get = (path: string, authorization?: string): Promise<RawAnswer> =>
      client.send(
        'GET',
        path,
        authorization === undefined ? {} : { headers: { Authorization: authorization } },
      );
    const asked = await get('/v2/');
    assert.deepEqual(
      [asked.status, asked.headers['www-authenticate']],
      [401, 'Basic realm="tallyman registry"'],
    );
    assert.equal((await get('/v2/', basic({ ...ANN, password: 'wrong' }))).status, 401);
    assert.equal((await get('/v2/', basic(ANN))).status, 200);
    assert.equal((await get('/v2/team/image/manifests/v1', basic(BOB))).status, 200);
    const denied = await get('/v2/other/image/manifests/v1', basic(BOB));
    assert.deepEqual([denied.status, denied.codes], [403, ['DENIED']]);
    assert.equal((await get('/v2/team/image/manifests/v1')).status, 401);
  });

  test('everyone may pull where that is so', async () => {
    const { registry, client } = await started({ kind: 'basic', users: [ANN], anonymousPull: true });
    await using _ = registry;
    assert.equal((await client.send('GET', '/v2/team/image/manifests/v1')).status, 200);
    assert.equal((await client.send('POST', '/v2/team/image/blobs/uploads/', { body: '' })).status, 401);
  });
});

describe('token auth', () => {
  test('the challenge names realm, service, and what the request needs', async () => {
    const { registry, client } = await started(tokenAuth());
    await using _ = registry;
    const start = `Bearer realm="${registry.url}/token",service="here"`;
    for (const [method, path, scope] of [
      ['GET', '/v2/', ''],
      ['GET', '/v2/a/b/manifests/v1', 'repository:a/b:pull'],
      ['HEAD', '/v2/a/b/blobs/sha256:1', 'repository:a/b:pull'],
      ['PUT', '/v2/a/b/manifests/v1', 'repository:a/b:pull,push'],
      ['POST', '/v2/a/b/blobs/uploads/', 'repository:a/b:pull,push'],
      ['POST', '/v2/a/b/blobs/uploads/?mount=x&from=c/d', 'repository:a/b:pull,push repository:c/d:pull'],
      ['DELETE', '/v2/a/b/manifests/v1', 'repository:a/b:delete'],
      ['GET', '/v2/_catalog', 'registry:catalog:*'],
    ] as const) {
      const answer = await client.send(
        method,
        path,
        method === 'GET' || method === 'HEAD' ? {} : { body: '' },
      );
      assert.equal(answer.status, 401);
      assert.equal(answer.headers['www-authenticate'], start + (scope === '' ? '' : `,scope="${scope}"`));
    }
  });

  test('a token is good for its scopes only', async () => {
    const { registry, client } = await started(tokenAuth());
    await using _ = registry;
    const token = await tokenFor(client, ['repository:team/image:pull'], basic(ANN));
    assert.equal(await statusWith(client, token, 'GET', '/v2/team/image/manifests/v1'), 200);
    assert.equal(await statusWith(client, token, 'GET', '/v2/public/image/manifests/v1'), 401);
    assert.equal(await statusWith(client, token, 'GET', '/v2/_catalog'), 401);
    const refused = await client.send('POST', '/v2/team/image/blobs/uploads/', {
      headers: { Authorization: `Bearer ${token}` },
      body: '',
    });
    assert.equal(
      refused.headers['www-authenticate'],
      `Bearer realm="${registry.url}/token",service="here",scope="repository:team/image:pull,push",error="insufficient_scope"`,
    );
  });

  test('a token has what the user may do of what was asked', async () => {
    const { registry, client } = await started(tokenAuth());
    await using _ = registry;
    const scopes = [
      'repository:team/image:pull,push,delete',
      'repository:public/image:pull,push',
      'repository:other:pull',
    ];
    const token = await tokenFor(client, scopes, basic(BOB));
    for (const [method, path, status] of [
      ['GET', '/v2/team/image/manifests/v1', 200],
      ['POST', '/v2/team/image/blobs/uploads/', 202],
      ['DELETE', '/v2/team/image/manifests/v1', 401],
      ['GET', '/v2/public/image/manifests/v1', 200],
      ['POST', '/v2/public/image/blobs/uploads/', 401],
      ['GET', '/v2/other/manifests/v1', 401],
    ] as const) {
      assert.equal(await statusWith(client, token, method, path), status, `${method} ${path}`);
    }
  });

  test('some services read the first scope only', async () => {
    const { registry, client } = await started(tokenAuth({ firstScopeOnly: true }));
    await using _ = registry;
    const token = await tokenFor(
      client,
      ['repository:team/image:pull', 'repository:public/image:pull'],
      basic(ANN),
    );
    assert.equal(await statusWith(client, token, 'GET', '/v2/team/image/manifests/v1'), 200);
    assert.equal(await statusWith(client, token, 'GET', '/v2/public/image/manifests/v1'), 401);
  });

  test('a token ends', async () => {
    let now = 1_700_000_000_000;
    const { registry, client } = await started(tokenAuth({ lifetimeSeconds: 60 }), { now: () => now });
    await using _ = registry;
    const token = await tokenFor(client, ['repository:team/image:pull'], basic(ANN));
    now += 59_999;
    assert.equal(await statusWith(client, token, 'GET', '/v2/team/image/manifests/v1'), 200);
    now += 1;
    const ended = await client.send('GET', '/v2/team/image/manifests/v1', {
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.equal(ended.status, 401);
    assert.match(ended.headers['www-authenticate'] ?? '', /,error="invalid_token"$/);
  });

  test('tokens can be revoked', async () => {
    const { registry, client } = await started(tokenAuth());
    await using _ = registry;
    const token = await tokenFor(client, ['repository:team/image:pull'], basic(ANN));
    registry.revokeTokens();
    assert.equal(await statusWith(client, token, 'GET', '/v2/team/image/manifests/v1'), 401);
  });

  test('anonymous tokens pull, where everyone may', async () => {
    const { registry, client } = await started(tokenAuth({ anonymousPull: true }));
    await using _ = registry;
    const token = await tokenFor(client, ['repository:team/image:pull,push'], undefined);
    assert.equal(await statusWith(client, token, 'GET', '/v2/team/image/manifests/v1'), 200);
    assert.equal(await statusWith(client, token, 'POST', '/v2/team/image/blobs/uploads/'), 401);
  });

  test('the service refuses strangers, other services and odd scopes', async () => {
    const { registry, client } = await started(tokenAuth());
    await using _ = registry;
    for (const [path, authorization, status] of [
      ['/token?service=here', undefined, 401],
      ['/token?service=here', basic({ ...ANN, password: 'x' }), 401],
      ['/token?service=there', basic(ANN), 400],
      ['/token', basic(ANN), 400],
      ['/token?service=here&scope=nonsense', basic(ANN), 400],
      ['/token?service=here', basic(ANN), 200],
    ] as const) {
      const headers = authorization === undefined ? {} : { Authorization: authorization };
      assert.equal((await client.send('GET', path, { headers })).status, status, path);
    }
  });

  test('an identity token buys access tokens by POST', async () => {
    const { registry, client } = await started(tokenAuth());
    await using _ = registry;
    const post = (form: Record<string, string>): Promise<RawAnswer> =>
      client.send('POST', '/token', {
        body: new URLSearchParams(form).toString(),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
    const form = {
      grant_type: 'refresh_token',
      service: 'here',
      client_id: 'test',
      scope: 'repository:team/image:pull repository:public/image:pull',
      refresh_token: 'ann-for-ever',
    };
    const answer = await post(form);
    assert.equal(answer.status, 200);
    assert.equal(fieldOf(answer, 'refresh_token'), 'ann-for-ever');
    assert.equal(fieldOf(answer, 'token'), 'undefined');
    const token = fieldOf(answer, 'access_token');
    assert.equal(await statusWith(client, token, 'GET', '/v2/team/image/manifests/v1'), 200);
    assert.equal(await statusWith(client, token, 'GET', '/v2/public/image/manifests/v1'), 200);
    assert.equal((await post({ ...form, refresh_token: 'wrong' })).status, 401);
    assert.equal((await post({ ...form, grant_type: 'magic' })).status, 400);
    const password = { ...form, grant_type: 'password', username: 'bob', password: 'b' };
    assert.equal((await post(password)).status, 200);
    assert.equal((await post({ ...password, password: 'x' })).status, 401);
  });

  test('mounting from where one may not pull begins a session', async () => {
    const { registry, client } = await started(tokenAuth());
    await using _ = registry;
    const digest = IMAGE.blobs[0]?.digest ?? digestOf('');
    const mount = `/v2/team/new/blobs/uploads/?mount=${digest}&from=public/image`;
    const both = ['repository:team/new:pull,push', 'repository:public/image:pull'];
    assert.equal(
      await statusWith(client, await tokenFor(client, both.slice(0, 1), basic(BOB)), 'POST', mount),
      202,
    );
    assert.equal(await statusWith(client, await tokenFor(client, both, basic(BOB)), 'POST', mount), 201);
  });

  test('the token service can have a port of its own', async () => {
    const { registry, client } = await started(tokenAuth({ separateOrigin: true }));
    await using _ = registry;
    const { headers } = await client.send('GET', '/v2/');
    const realm = /realm="([^"]+)"/.exec(headers['www-authenticate'] ?? '')?.[1] ?? '';
    assert.notEqual(new URL(realm).host, registry.host);
    const answer = await client.send('GET', `${realm}?service=here`, {
      headers: { Authorization: basic(ANN) },
    });
    assert.equal(answer.status, 200);
    assert.equal((await client.send('GET', '/token?service=here')).status, 404);
    assert.deepEqual(registry.counts(), { '401': 1, token: 2 });
  });
});
